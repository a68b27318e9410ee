-- Version 0 holds a document that has no version yet. Nothing ever runs on it, so it may change.
UPDATE DOCUMENT_version
SET body = $3
WHERE workspace = $1 AND id = $2 AND number = 0
