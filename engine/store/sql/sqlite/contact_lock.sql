-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT c.id, c.external_id, c.email, c.attributes, c.opt_in, c.test, c.created_at, c.updated_at, c.revision, c.said_at
FROM ROWS(workspace uuid, id uuid) AS r
JOIN contact AS c ON c.workspace = r.workspace AND c.id = r.id
