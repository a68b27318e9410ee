UPDATE token
SET state = r.state, due_at = r.due_at, seq = r.seq, attempts = 0, updated_at = $1
FROM ROWS(workspace uuid, id uuid, state text, due_at bigint, seq bigint) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.state IN ('held', 'ejected')
