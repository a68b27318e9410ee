SELECT id, token, seq, program, node, contact, event, url, body, state, status, answer, reason, attempt, tries, due_at, queued_at,
    settled_at, n
FROM call
WHERE workspace = $1 AND token = $4 AND id < $2
  AND (state = $5 OR $5 IS NULL)
ORDER BY id DESC
LIMIT $3
