SELECT COUNT(*)
FROM event_look
WHERE workspace = $1
