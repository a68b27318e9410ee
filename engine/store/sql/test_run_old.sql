-- Over all workspaces; a program keeps few, so there is nothing to be gained by an index.
SELECT id
FROM test_run
WHERE started_at < $1
ORDER BY id
LIMIT $2
