-- Who waits for events of these types of these contacts. A claim that has a row locked is waited for: if its token goes on,
-- the row is gone by then. For the sake of the order SQLite would read all rows of the workspace.
SELECT a.workspace, a.token, a.seq, a.found, a.contact, a.event
FROM ROWS(workspace uuid, contact uuid, event text) AS r
JOIN awaiting AS a INDEXED BY awaiting_contact ON a.workspace = r.workspace AND a.contact = r.contact AND a.event = r.event
ORDER BY a.token
FOR UPDATE OF a
