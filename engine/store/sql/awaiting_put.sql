INSERT INTO awaiting (workspace, token, seq, contact, event, until, found)
SELECT r.workspace, r.token, r.seq, r.contact, r.event, r.until, 0
FROM ROWS(workspace uuid, token uuid, seq bigint, contact uuid, event text, until bigint) AS r
WHERE TRUE
ON CONFLICT (workspace, token) DO UPDATE
SET seq = excluded.seq, contact = excluded.contact, event = excluded.event, until = excluded.until, found = 0
