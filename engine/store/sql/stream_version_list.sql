SELECT id, number, created_at, created_at
FROM stream_version
WHERE workspace = $1 AND stream = $2 AND number < $3
ORDER BY number DESC
LIMIT $4
