-- What no caller can do: a row that cannot be read back.
UPDATE token SET phase = 'lost' WHERE id = (SELECT id FROM token ORDER BY id LIMIT 1 OFFSET 3)
