DELETE FROM joined
WHERE workspace = $1
