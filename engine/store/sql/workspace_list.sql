-- Those of test runs go as a whole.
SELECT id
FROM workspace
WHERE id NOT IN (SELECT t.id FROM test_run AS t)
ORDER BY id
