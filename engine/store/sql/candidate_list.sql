SELECT c.token, c.event
FROM ROWS(workspace uuid, token uuid) AS r
JOIN candidate AS c ON c.workspace = r.workspace AND c.token = r.token
ORDER BY c.token, c.number
