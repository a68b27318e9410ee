SELECT id, sender, recipient, subject, received_at, size
FROM inbox_mail
WHERE workspace = $1 AND id < $2
ORDER BY id DESC
LIMIT $3
