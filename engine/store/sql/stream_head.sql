SELECT s.id, s.name, s.current, s.class
FROM ROWS(name text) AS r
JOIN stream AS s ON s.workspace = $1 AND s.name = r.name
