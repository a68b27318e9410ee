INSERT INTO joined (workspace, token, name, event)
SELECT r.workspace, r.token, r.name, r.event
FROM ROWS(workspace uuid, token uuid, name text, event uuid) AS r
WHERE TRUE
ON CONFLICT (workspace, token, name) DO UPDATE SET event = excluded.event
