-- Definitions change one after the other; NO KEY leaves those alone that only refer to the workspace.
SELECT id
FROM workspace
WHERE id = $1
FOR NO KEY UPDATE
