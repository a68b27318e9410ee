INSERT INTO account (workspace, id, email, email_key, password, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, email_key) DO NOTHING
