SELECT c.id, c.external_id, c.email, c.attributes, c.opt_in, c.test, c.created_at, c.updated_at, c.revision, c.said_at
FROM ROWS(workspace uuid, external_id text) AS r
JOIN contact AS c ON c.workspace = r.workspace AND c.external_id = r.external_id AND c.external_id IS NOT NULL
