INSERT INTO publication (workspace, id, program, from_version, from_state, to_version, at, author)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
