UPDATE api_key
SET last_used_at = $3
WHERE workspace = $1 AND id = $2
