SELECT id, DOCUMENT, body
FROM DOCUMENT_version
WHERE workspace = $1 AND DOCUMENT = $2 AND number = $3 AND number > 0
