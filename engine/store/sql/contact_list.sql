SELECT id, external_id, email, attributes, opt_in, created_at, updated_at, revision
FROM contact
WHERE workspace = $1 AND id < $2 AND ($4 IS NULL OR opt_in = $4)
ORDER BY id DESC
LIMIT $3
