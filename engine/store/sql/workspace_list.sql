SELECT id
FROM workspace
ORDER BY id
