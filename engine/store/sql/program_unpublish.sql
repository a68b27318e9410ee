-- The undoing of a publication: the version that was live before, or none.
UPDATE program
SET current = $3, state = $4, updated_at = $5
WHERE workspace = $1 AND id = $2
