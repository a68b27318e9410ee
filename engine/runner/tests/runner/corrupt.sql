-- What no caller can do: data that cannot be read back.
UPDATE contact SET attributes = '{' WHERE email = 'c3@example.test'
