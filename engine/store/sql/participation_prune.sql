DELETE FROM participation
WHERE workspace = $1 AND (contact, token) IN (SELECT r.contact, r.token FROM ROWS(contact uuid, token uuid) AS r)
