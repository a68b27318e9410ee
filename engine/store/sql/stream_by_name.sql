SELECT s.id, s.name, s.class, s.created_at, s.updated_at, s.archived_at, v.id, v.number, v.created_at, v.body
FROM stream AS s
JOIN stream_version AS v ON v.workspace = s.workspace AND v.id = s.current
WHERE s.workspace = $1 AND s.name = $2
