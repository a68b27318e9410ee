SELECT c.id, c.external_id, c.email, c.attributes, c.opt_in, c.test, c.created_at, c.updated_at, c.revision, c.said_at
FROM ROWS(workspace uuid, email_key text) AS r
JOIN contact AS c ON c.workspace = r.workspace AND c.email_key = r.email_key AND c.email_key IS NOT NULL
