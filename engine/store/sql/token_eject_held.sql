UPDATE token
SET state = 'ejected', updated_at = $1
FROM ROWS(workspace uuid, id uuid) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.state = 'held'
RETURNING token.node
