INSERT INTO participation (workspace, contact, token)
SELECT $1, r.contact, r.token
FROM ROWS(contact uuid, token uuid) AS r
