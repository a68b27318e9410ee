SELECT number, bytes
FROM piece
WHERE workspace = $1 AND owner = $2 AND position = $3 AND number > $4
ORDER BY number
LIMIT $5
