SELECT t.name
FROM ROWS(name text) AS r
JOIN event_type AS t ON t.workspace = $1 AND t.name = r.name
