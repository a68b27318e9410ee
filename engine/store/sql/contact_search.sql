-- Bounds instead of LIKE, so that both indexes serve whatever the collation.
SELECT id, external_id, email, attributes, opt_in, test, created_at, updated_at, revision
FROM contact
WHERE workspace = $1 AND id < $2 AND (opt_in = $4 OR $4 IS NULL)
  AND (
    (email_key IS NOT NULL AND email_key >= $5 AND email_key < $6)
    OR (external_id IS NOT NULL AND external_id >= $7 AND external_id < $8)
    OR (email_key IS NOT NULL AND email_key >= $9 AND email_key < $10)
  )
ORDER BY id DESC
LIMIT $3
