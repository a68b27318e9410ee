SELECT type, looked, beyond
FROM event_look
WHERE workspace = $1
ORDER BY type
LIMIT $2
