UPDATE publication
SET undone_at = $3, undone_by = $4
WHERE workspace = $1 AND id = $2 AND undone_at IS NULL
