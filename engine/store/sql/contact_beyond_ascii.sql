-- Their keys are of a time when an address was compared as it was spelt.
SELECT id, external_id, email, attributes, opt_in, test, created_at, updated_at, revision
FROM contact
WHERE workspace = $1 AND email_key IS NOT NULL AND octet_length(email_key) <> length(email_key)
ORDER BY id
LIMIT 100000
