-- Before a merge, so that no other node merges into what was read; in order of the id, so that two nodes never
-- wait for each other in a circle.
SELECT c.id, c.external_id, c.email, c.attributes, c.opt_in, c.test, c.created_at, c.updated_at, c.revision, c.said_at
FROM ROWS(workspace uuid, id uuid) AS r
JOIN contact AS c ON c.workspace = r.workspace AND c.id = r.id
ORDER BY c.id
FOR UPDATE OF c
