DELETE FROM inbox_mail
WHERE workspace = $1
