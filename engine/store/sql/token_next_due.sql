SELECT due_at
FROM token
WHERE state = 'ready' AND due_at >= $1
ORDER BY due_at
LIMIT 1
