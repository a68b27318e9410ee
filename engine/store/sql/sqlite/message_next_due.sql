-- SQLite has one bucket.
SELECT due_at, 0
FROM message
WHERE state = 'queued' AND class = $1 AND due_at >= $2
  AND NOT EXISTS (SELECT 1 FROM queue AS q WHERE q.class = $1 AND q.held_at IS NOT NULL)
ORDER BY due_at
LIMIT 1
