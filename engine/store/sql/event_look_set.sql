UPDATE event_look
SET looked = r.looked, beyond = r.beyond
FROM ROWS(workspace uuid, type text, looked bigint, beyond bigint) AS r
WHERE event_look.workspace = r.workspace AND event_look.type = r.type
