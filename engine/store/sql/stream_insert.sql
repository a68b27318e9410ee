INSERT INTO stream (workspace, id, name, class, current, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
