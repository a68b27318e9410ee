SELECT id, number, created_at, published_at, author, body
FROM program_version
WHERE workspace = $1 AND program = $2 AND number < $3 AND number > 0
ORDER BY number DESC
LIMIT $4
