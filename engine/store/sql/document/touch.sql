UPDATE DOCUMENT
SET updated_at = $3
WHERE workspace = $1 AND id = $2
