UPDATE session
SET expires_at = $2
WHERE digest = $1
