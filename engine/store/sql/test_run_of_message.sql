-- Where a message lives that is none of the workspace's own.
SELECT t.id
FROM test_run AS t
JOIN message AS m ON m.workspace = t.id AND m.id = $2
WHERE t.workspace = $1
