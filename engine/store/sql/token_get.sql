SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM token
WHERE workspace = $1 AND id = $2
