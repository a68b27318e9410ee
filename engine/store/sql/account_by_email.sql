SELECT id, email, password, created_at
FROM account
WHERE workspace = $1 AND email_key = $2
