SELECT id, contact, node
FROM message
WHERE workspace = $1 AND id > $2 AND id < $3 AND program = $4
ORDER BY id
LIMIT $5
