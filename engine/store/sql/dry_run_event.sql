-- In the order in which they came in: ids are UUIDv7, so the primary key is that order.
SELECT e.id, e.contact, e.type, e.data, e.received_at
FROM event AS e
WHERE e.workspace = $1 AND e.id > $2 AND e.id < $3 AND e.type IN (SELECT r.name FROM ROWS(name text) AS r)
ORDER BY e.id
LIMIT $4
