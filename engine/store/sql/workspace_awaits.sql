UPDATE workspace
SET awaited = $2
WHERE id = $1
