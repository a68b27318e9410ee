-- A stream that never had a version may still become of the other class.
UPDATE stream
SET class = $3
WHERE workspace = $1 AND id = $2
