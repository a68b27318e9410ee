SELECT id, program, revision, type, data, started_at, started_by
FROM test_run
WHERE workspace = $1 AND program = $2
ORDER BY id DESC
LIMIT $3
