UPDATE token
SET state = 'ready', due_at = $1, attempts = 0, error = NULL, updated_at = $1
FROM ROWS(workspace uuid, id uuid) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.state = 'failed'
RETURNING program, node
