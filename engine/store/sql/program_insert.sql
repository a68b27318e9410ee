INSERT INTO program (workspace, id, name, state, latest, created_at, updated_at)
VALUES ($1, $2, $3, 'draft', $4, $5, $5)
