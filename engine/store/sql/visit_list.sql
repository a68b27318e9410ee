-- CROSS JOIN is SQLite's way of saying that the steps come first: it would rather go through all tokens.
-- Who came in is known by the first step at a node, because no program has a cycle.
SELECT t.id, t.program, t.version, t.contact, t.event, t.node, t.seq, t.state, t.due_at, t.attempts, t.error, t.created_at,
    t.updated_at, x.at, x.seq
FROM trace AS x
CROSS JOIN token AS t
WHERE x.workspace = $1 AND x.at BETWEEN $2 AND $3
  AND (x.at, x.token, x.seq) < ($3, $4, $5)
  AND (x.at, x.token, x.seq) >= ($2, $6, $7)
  AND x.node = $8
  AND t.workspace = x.workspace AND t.id = x.token AND t.program = $9
  AND CASE $10
      WHEN 'entered' THEN NOT EXISTS (
          SELECT 1
          FROM trace AS y
          WHERE y.workspace = x.workspace AND y.token = x.token AND y.seq < x.seq AND y.node = x.node
      )
      WHEN 'left' THEN x.action IN ('passed', 'finished', 'moved')
      ELSE x.action = 'passed' AND x.detail = $11
  END
ORDER BY x.at DESC, x.token DESC, x.seq DESC
LIMIT $12
