SELECT id, external_id, email, attributes, opt_in, test, created_at, updated_at, revision
FROM contact
WHERE workspace = $1 AND id < $2 AND (opt_in = $4 OR $4 IS NULL)
ORDER BY id DESC
LIMIT $3
