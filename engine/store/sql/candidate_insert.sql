INSERT INTO candidate (workspace, token, number, event)
SELECT r.workspace, r.token, r.number, r.event
FROM ROWS(workspace uuid, token uuid, number bigint, event uuid) AS r
