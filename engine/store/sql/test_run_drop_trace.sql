DELETE FROM trace
WHERE workspace = $1
