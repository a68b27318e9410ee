DELETE FROM candidate
WHERE workspace = $1
