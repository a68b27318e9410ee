SELECT j.token, j.name, j.event
FROM ROWS(workspace uuid, token uuid) AS r
JOIN joined AS j ON j.workspace = r.workspace AND j.token = r.token
ORDER BY j.token, j.name
