UPDATE stream
SET archived_at = CASE WHEN $3 THEN CAST($4 AS bigint) END, updated_at = $4
WHERE workspace = $1 AND id = $2
