UPDATE program
SET current = $3, state = 'live', updated_at = $4
WHERE workspace = $1 AND id = $2
