DELETE FROM awaiting
WHERE workspace = $1
