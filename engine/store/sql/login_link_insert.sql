INSERT INTO login_link (digest, workspace, account, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5)
