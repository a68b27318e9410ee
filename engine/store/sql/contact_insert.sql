INSERT INTO contact (workspace, id, external_id, email, email_key, attributes, opt_in, said_at, revision, created_at, updated_at)
SELECT $1, r.id, r.external_id, r.email, r.email_key, r.attributes, r.opt_in, r.said_at, 1, $2, $2
FROM ROWS(id uuid, external_id text, email text, email_key text, attributes text, opt_in boolean, said_at text) AS r
WHERE TRUE
ORDER BY r.external_id, r.email_key
ON CONFLICT DO NOTHING
RETURNING id
