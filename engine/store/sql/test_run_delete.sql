DELETE FROM test_run
WHERE id = $1
