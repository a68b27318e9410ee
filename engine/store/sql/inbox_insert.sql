-- One mail alone has its source beside the set. A long one goes on in pieces.
INSERT INTO inbox_mail (workspace, id, sender, recipient, recipient_key, subject, raw, size, received_at)
SELECT r.workspace, r.id, r.sender, r.recipient, r.recipient_key, r.subject, COALESCE($2, r.raw), r.size, $1
FROM ROWS(workspace uuid, id uuid, sender text, recipient text, recipient_key text, subject text, size bigint, raw bytea) AS r
WHERE TRUE
ON CONFLICT (workspace, id) DO NOTHING
RETURNING id
