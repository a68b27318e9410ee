INSERT INTO program_version (workspace, id, program, number, body, created_at, author)
VALUES ($1, $2, $3, $4, $5, $6, $7)
