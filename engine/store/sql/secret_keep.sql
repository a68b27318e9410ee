INSERT INTO secret (name, bytes)
VALUES ($1, $2)
ON CONFLICT (name) DO NOTHING
