-- Also locks what is there: whoever adds to a type first is waited for. In one order, so that no two wait for each other.
INSERT INTO event_look (workspace, type, looked, beyond, first_seen, last_seen)
SELECT r.workspace, r.type, 0, 0, $1, $1
FROM ROWS(workspace uuid, type text) AS r
WHERE TRUE
ORDER BY r.workspace, r.type
ON CONFLICT (workspace, type) DO UPDATE
SET last_seen = CASE WHEN event_look.last_seen < excluded.last_seen THEN excluded.last_seen ELSE event_look.last_seen END
RETURNING type, looked, beyond
