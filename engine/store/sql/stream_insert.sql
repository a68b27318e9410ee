INSERT INTO stream (workspace, id, name, class, current, created_at, updated_at)
VALUES ($1, $2, $3, $6, $4, $5, $5)
