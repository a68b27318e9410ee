-- The rows are locked.
UPDATE contact
SET attributes = r.attributes, said_at = r.said_at, revision = contact.revision + 1, updated_at = $1
FROM ROWS(workspace uuid, id uuid, attributes text, said_at text) AS r
WHERE contact.workspace = r.workspace AND contact.id = r.id
