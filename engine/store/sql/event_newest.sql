SELECT id, contact, type, data
FROM event
WHERE workspace = $1
ORDER BY id DESC
LIMIT $2
