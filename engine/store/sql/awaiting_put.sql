-- A token that rests on keeps what it is behind; another one is behind all that is noted for its crowd.
INSERT INTO awaiting (workspace, token, seq, contact, event, until, found, behind)
SELECT r.workspace, r.token, r.seq, r.contact, r.event, r.until, 0, COALESCE((
    SELECT c.noted FROM crowd AS c WHERE c.workspace = r.workspace AND c.contact = r.contact AND c.event = r.event
), 0)
FROM ROWS(workspace uuid, token uuid, seq bigint, contact uuid, event text, until bigint) AS r
WHERE TRUE
ON CONFLICT (workspace, token) DO UPDATE
SET behind = CASE WHEN awaiting.seq = excluded.seq AND awaiting.event = excluded.event THEN awaiting.behind ELSE excluded.behind END,
    seq = excluded.seq, contact = excluded.contact, event = excluded.event, until = excluded.until, found = 0
