UPDATE token
SET state = 'done', seq = r.seq + 1, due_at = $1, attempts = 0, error = NULL, updated_at = $1
FROM ROWS(workspace uuid, token uuid, phase text, seq bigint, due_at bigint) AS r
WHERE token.workspace = r.workspace AND token.id = r.token
