-- The list of states names the index for SQLite.
SELECT id, node, seq, state, due_at
FROM token
WHERE workspace = $1 AND program = $2 AND state IN ('held', 'ejected') AND state = $3
ORDER BY due_at, id
LIMIT $4
