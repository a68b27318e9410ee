SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM token
WHERE workspace = $1 AND contact = $7 AND id < $2
  AND (state = $4 OR $4 IS NULL OR ($4 = 'inside' AND state IN ('ready', 'held')))
  AND (program = $5 OR $5 IS NULL)
  AND (node = $6 OR $6 IS NULL)
  AND (due_at <= $8 OR $8 IS NULL)
  AND (due_at > $9 OR $9 IS NULL)
ORDER BY id DESC
LIMIT $3
