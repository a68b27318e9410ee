-- The rows are locked, so nobody begins to wait for a condition on them meanwhile.
UPDATE contact
SET attributes = r.attributes, said_at = r.said_at, revision = contact.revision + 1, updated_at = $1
FROM ROWS(workspace uuid, id uuid, attributes text, said_at text) AS r
WHERE contact.workspace = r.workspace AND contact.id = r.id
RETURNING contact.workspace, contact.id, EXISTS (
    SELECT 1
    FROM awaiting AS a INDEXED BY awaiting_contact
    WHERE a.workspace = contact.workspace AND a.contact = contact.id AND a.event = $2
) AS watched
