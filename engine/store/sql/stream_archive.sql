UPDATE stream
SET archived_at = CASE WHEN $3 THEN $4 END, updated_at = $4
WHERE workspace = $1 AND id = $2
