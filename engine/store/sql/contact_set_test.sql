UPDATE contact
SET test = $3, revision = revision + 1, updated_at = $4
WHERE workspace = $1 AND id = $2
