SELECT v.type, v.path, v.code
FROM ROWS(workspace uuid, type text) AS r
JOIN event_violation AS v ON v.workspace = r.workspace AND v.type = r.type
