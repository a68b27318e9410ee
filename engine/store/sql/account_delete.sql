DELETE FROM account
WHERE workspace = $1 AND id = $2
