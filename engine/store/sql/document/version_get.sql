SELECT id, DOCUMENT, body
FROM DOCUMENT_version
WHERE workspace = $1 AND id = $2
