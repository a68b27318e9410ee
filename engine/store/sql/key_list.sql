SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at
FROM api_key
WHERE workspace = $1
ORDER BY id DESC
LIMIT 1000
