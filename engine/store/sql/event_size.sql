SELECT e.id, CAST(octet_length(e.data) AS bigint)
FROM ROWS(workspace uuid, id uuid) AS r
JOIN event AS e ON e.workspace = r.workspace AND e.id = r.id
