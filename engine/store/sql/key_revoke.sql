UPDATE api_key
SET revoked_at = COALESCE(revoked_at, $3)
WHERE workspace = $1 AND id = $2
