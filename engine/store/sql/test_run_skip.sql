-- One more step, so that a step under way is fenced off.
UPDATE token
SET due_at = $1, seq = token.seq + 1, updated_at = $1
FROM ROWS(workspace uuid, id uuid) AS r
WHERE token.workspace = r.workspace AND token.id = r.id
  AND token.state = 'ready' AND token.phase = 'due' AND token.due_at > $1
RETURNING token.id, token.seq, token.node
