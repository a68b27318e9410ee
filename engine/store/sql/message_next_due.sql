SELECT due_at
FROM message
WHERE state = 'queued' AND class = $1 AND due_at >= $2
ORDER BY due_at
LIMIT 1
