DELETE FROM token
WHERE workspace = $1
