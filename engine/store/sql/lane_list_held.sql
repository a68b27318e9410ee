SELECT id, due_at
FROM LANE
WHERE workspace = $1 AND program = $2 AND state = 'held'
ORDER BY due_at, id
LIMIT $3
