SELECT f.type, f.path, f.kinds, f.examples, f.carried, f.first_seen, f.last_seen
FROM ROWS(workspace uuid, type text) AS r
JOIN event_field AS f ON f.workspace = r.workspace AND f.type = r.type
