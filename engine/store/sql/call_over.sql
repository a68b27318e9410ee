-- Calls that are over, with whose they are: their tokens wait no longer.
SELECT c.id, c.workspace, c.token, c.seq, c.node, c.state
FROM ROWS(workspace uuid, id uuid) AS r
JOIN call AS c ON c.workspace = r.workspace AND c.id = r.id
