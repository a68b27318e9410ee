INSERT INTO piece (workspace, owner, position, number, bytes)
VALUES ($1, $2, $3, $4, $5)
