INSERT INTO DOCUMENT_version (workspace, id, DOCUMENT, number, body, created_at, author)
VALUES ($1, $2, $3, $4, $5, $6, $7)
