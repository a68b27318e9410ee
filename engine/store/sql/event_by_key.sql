-- What stands under a key, and whose it is, so that another event under it is told from the same one sent again.
SELECT e.id, e.key, e.type, e.data, c.email_key, c.external_id
FROM ROWS(workspace uuid, key text) AS r
JOIN event AS e ON e.workspace = r.workspace AND e.key = r.key AND e.key IS NOT NULL
LEFT JOIN contact AS c ON c.workspace = e.workspace AND c.id = e.contact
