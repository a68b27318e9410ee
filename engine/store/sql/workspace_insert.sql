INSERT INTO workspace (id, name)
VALUES ($1, $2)
