-- An address that stays keeps its key: an earlier build may have made another contact of its other spelling.
UPDATE contact
SET external_id = r.external_id,
    email = r.email,
    email_key = CASE WHEN contact.email = r.email THEN contact.email_key ELSE r.email_key END,
    attributes = r.attributes,
    opt_in = r.opt_in,
    said_at = r.said_at,
    revision = contact.revision + 1,
    updated_at = $1
FROM ROWS(workspace uuid, id uuid, revision bigint, external_id text, email text, email_key text, attributes text, opt_in boolean, said_at text) AS r
WHERE contact.workspace = r.workspace AND contact.id = r.id AND contact.revision = r.revision
