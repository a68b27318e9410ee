UPDATE login_link
SET used_at = $2
WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
RETURNING workspace, account
