-- SQLite has one bucket.
SELECT due_at, 0
FROM token
WHERE state = 'ready' AND due_at >= $1
ORDER BY due_at
LIMIT 1
