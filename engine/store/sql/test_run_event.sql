-- The history as far as conditions count it: that there were events, and when; the newest where there are too many.
INSERT INTO event (workspace, id, contact, type, data, occurred_at, received_at)
SELECT $2, e.id, e.contact, e.type, '{}', e.occurred_at, e.received_at
FROM ROWS(contact uuid, type text, after bigint) AS r
JOIN event AS e ON e.workspace = $1 AND e.contact = r.contact AND e.type = r.type AND e.occurred_at > r.after
ORDER BY e.occurred_at DESC
LIMIT $3
