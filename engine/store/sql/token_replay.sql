UPDATE token
SET state = 'ready', due_at = $2, attempts = 0, error = NULL, updated_at = $2
FROM ROWS(id uuid) AS r
WHERE token.workspace = $1 AND token.id = r.id AND token.state = 'failed'
RETURNING program, node
