INSERT INTO participation (workspace, contact, token, program)
SELECT $1, r.contact, r.token, r.program
FROM ROWS(contact uuid, token uuid, program uuid) AS r
