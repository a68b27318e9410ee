-- A conflict is a duplicate: of the key, or of the id when a caller repeats a call whose answer was lost.
INSERT INTO event (workspace, id, contact, type, key, data, occurred_at, said_at, passed_over, received_at)
SELECT $1, r.id, r.contact, r.type, r.key, r.data, r.occurred_at, r.said_at, r.passed_over, $2
FROM ROWS(id uuid, contact uuid, type text, key text, data text, occurred_at bigint, said_at bigint, passed_over text) AS r
WHERE TRUE
ORDER BY r.key, r.id
ON CONFLICT DO NOTHING
RETURNING id
