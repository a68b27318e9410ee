SELECT t.id, t.program, t.version, t.contact, t.event, t.node, t.seq, t.state, t.due_at, t.attempts, t.error, t.created_at,
    t.updated_at
FROM participation AS p
JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
WHERE p.workspace = $1 AND p.contact = $7 AND p.token < $2
  AND (t.state = $4 OR $4 IS NULL OR ($4 = 'inside' AND t.state IN ('ready', 'held')))
  AND (t.program = $5 OR $5 IS NULL)
  AND (t.node = $6 OR $6 IS NULL)
  AND (t.due_at <= $8 OR $8 IS NULL)
  AND (t.due_at > $9 OR $9 IS NULL)
ORDER BY p.token DESC
LIMIT $3
