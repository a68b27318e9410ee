DELETE FROM awaiting
WHERE (workspace, token) IN (SELECT r.workspace, r.token FROM ROWS(workspace uuid, token uuid) AS r)
