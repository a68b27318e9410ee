SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM token
WHERE workspace = $1 AND id < $2
  AND ($4 IS NULL OR state = $4)
  AND ($5 IS NULL OR program = $5)
  AND ($6 IS NULL OR node = $6)
ORDER BY id DESC
LIMIT $3
