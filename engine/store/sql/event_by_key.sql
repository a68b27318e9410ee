SELECT e.id, e.key
FROM ROWS(key text) AS r
JOIN event AS e ON e.workspace = $1 AND e.key = r.key AND e.key IS NOT NULL
