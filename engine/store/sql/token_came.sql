UPDATE token
SET due_at = $1
FROM ROWS(workspace uuid, id uuid) AS r
WHERE token.workspace = r.workspace AND token.id = r.id
