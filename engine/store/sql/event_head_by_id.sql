-- Without what it brings along, which may be large.
SELECT e.id, e.contact, e.type, '{}', e.key, COALESCE(e.said_at, e.occurred_at), e.received_at
FROM ROWS(workspace uuid, id uuid) AS r
JOIN event AS e ON e.workspace = r.workspace AND e.id = r.id
