SELECT l.type
FROM ROWS(workspace uuid, type text) AS r
JOIN event_look AS l ON l.workspace = r.workspace AND l.type = r.type
