UPDATE workspace
SET unknown_events = $2
WHERE id = $1
