SELECT e.id, e.key
FROM ROWS(workspace uuid, key text) AS r
JOIN event AS e ON e.workspace = r.workspace AND e.key = r.key AND e.key IS NOT NULL
