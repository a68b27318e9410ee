-- The workspace by row: beside one for all, PostgreSQL reads the whole of it while the table is new and without statistics.
SELECT e.id, e.key
FROM ROWS(workspace uuid, key text) AS r
JOIN event AS e ON e.workspace = r.workspace AND e.key = r.key AND e.key IS NOT NULL
