UPDATE token
SET state = r.state, updated_at = $1
FROM ROWS(workspace uuid, id uuid, state text) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.state = 'ready'
