SELECT id, number, created_at, published_at
FROM program_version
WHERE workspace = $1 AND program = $2 AND number < $3
ORDER BY number DESC
LIMIT $4
