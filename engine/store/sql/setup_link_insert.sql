INSERT INTO setup_link (workspace, digest, created_at, expires_at)
VALUES ($1, $2, $3, $4)
