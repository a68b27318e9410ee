SELECT id, token, seq, program, node, contact, event, url, body, state, status, answer, reason, attempt, tries, due_at, queued_at,
    settled_at, n
FROM call
WHERE workspace = $1 AND id < $2
  AND (state = $4 OR $4 IS NULL)
  AND (program = $5 OR $5 IS NULL)
  AND (node = $6 OR $6 IS NULL)
ORDER BY id DESC
LIMIT $3
