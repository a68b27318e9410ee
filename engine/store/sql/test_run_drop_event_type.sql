DELETE FROM event_type
WHERE workspace = $1
