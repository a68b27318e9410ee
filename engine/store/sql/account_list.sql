SELECT id, email, password, created_at
FROM account
WHERE workspace = $1
ORDER BY id DESC
LIMIT 1000
