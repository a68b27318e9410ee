INSERT INTO stream_version (workspace, id, stream, number, body, created_at)
SELECT s.workspace, v.id, v.stream, v.number, v.body, v.created_at
FROM ROWS(name text) AS r
JOIN stream AS s ON s.workspace = $2 AND s.name = r.name
JOIN stream_version AS v ON v.workspace = $1 AND v.id = s.current
