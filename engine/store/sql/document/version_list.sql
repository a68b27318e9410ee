SELECT id, number, author, created_at, body
FROM DOCUMENT_version
WHERE workspace = $1 AND DOCUMENT = $2 AND number < $3 AND number > 0
ORDER BY number DESC
LIMIT $4
