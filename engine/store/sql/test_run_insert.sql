INSERT INTO test_run (workspace, id, program, revision, type, data, started_at, started_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
