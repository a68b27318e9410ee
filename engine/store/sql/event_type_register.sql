INSERT INTO event_type (workspace, name, created_at)
SELECT $1, r.name, $2
FROM ROWS(name text) AS r
WHERE TRUE
ORDER BY r.name
ON CONFLICT DO NOTHING
