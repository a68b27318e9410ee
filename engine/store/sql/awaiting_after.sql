-- Those that wait for something of a contact, behind a token. For the sake of the order SQLite would read all rows of the
-- workspace.
SELECT a.workspace, a.token, a.seq, a.found, a.behind
FROM awaiting AS a INDEXED BY awaiting_contact
WHERE a.workspace = $1 AND a.contact = $2 AND a.event = $3 AND a.token > $4
ORDER BY a.token
LIMIT $5
FOR UPDATE
