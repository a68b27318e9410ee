SELECT id, sender, recipient, subject, received_at, size, raw
FROM inbox_mail
WHERE workspace = $1 AND id = $2
