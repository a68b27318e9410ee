SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at, workspace
FROM api_key
WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
