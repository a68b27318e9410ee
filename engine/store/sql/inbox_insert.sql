-- One mail alone has its source beside the set.
INSERT INTO inbox_mail (workspace, id, sender, recipient, recipient_key, subject, raw, size, received_at)
SELECT r.workspace, r.id, r.sender, r.recipient, r.recipient_key, r.subject, COALESCE($2, r.raw), length(COALESCE($2, r.raw)), $1
FROM ROWS(workspace uuid, id uuid, sender text, recipient text, recipient_key text, subject text, raw bytea) AS r
WHERE TRUE
ON CONFLICT (workspace, id) DO NOTHING
