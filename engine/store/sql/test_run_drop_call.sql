DELETE FROM call
WHERE workspace = $1
