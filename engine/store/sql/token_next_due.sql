SELECT due_at
FROM token
WHERE state = 'ready'
ORDER BY due_at
LIMIT 1
