DELETE FROM contact
WHERE workspace = $1
