INSERT INTO api_key (workspace, id, name, scopes, digest, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
