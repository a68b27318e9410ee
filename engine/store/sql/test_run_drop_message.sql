DELETE FROM message
WHERE workspace = $1
