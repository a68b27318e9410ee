DELETE FROM stream
WHERE workspace = $1
