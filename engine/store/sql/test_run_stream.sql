INSERT INTO stream (workspace, id, name, class, current, created_at, updated_at)
SELECT $2, s.id, s.name, s.class, s.current, s.created_at, s.updated_at
FROM ROWS(name text) AS r
JOIN stream AS s ON s.workspace = $1 AND s.name = r.name
