SELECT DOCUMENT, revision, base, saved_at, saved_by, body
FROM DOCUMENT_draft
WHERE workspace = $1 AND DOCUMENT = $2
