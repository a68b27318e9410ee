SELECT count(*)
FROM workspace
WHERE id = $1
