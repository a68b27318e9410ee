DELETE FROM event
WHERE workspace = $1
