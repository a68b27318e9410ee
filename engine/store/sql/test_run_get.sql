SELECT id, program, revision, type, data, started_at, started_by
FROM test_run
WHERE workspace = $1 AND id = $2 AND program = $3
