-- The last word on who may be written to.
INSERT INTO contact
    (workspace, id, external_id, email, email_key, attributes, opt_in, test, revision, created_at, updated_at)
SELECT $2, c.id, c.external_id, c.email, c.email_key, c.attributes, c.opt_in, c.test, c.revision, c.created_at,
    c.updated_at
FROM ROWS(id uuid) AS r
JOIN contact AS c ON c.workspace = $1 AND c.id = r.id
WHERE c.test
