SELECT p.id, p.name, p.state, p.created_at, p.updated_at,
    c.id, c.number, c.created_at, c.published_at,
    l.id, l.number, l.created_at, l.published_at, l.body
FROM program AS p
JOIN program_version AS l ON l.workspace = p.workspace AND l.id = p.latest
LEFT JOIN program_version AS c ON c.workspace = p.workspace AND c.id = p.current
WHERE p.workspace = $1 AND p.id < $2
  AND (CAST($4 AS bigint) IS NULL OR CASE WHEN p.state = 'archived' THEN 1 ELSE 0 END = $4)
ORDER BY p.id DESC
LIMIT $3
