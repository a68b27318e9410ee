-- SQLite has no row locks and needs none: the statement is the only one that writes.
WITH due AS MATERIALIZED (
    SELECT workspace, id
    FROM message
    WHERE state = 'queued' AND class = $1 AND due_at BETWEEN $6 AND $2
      AND NOT EXISTS (SELECT 1 FROM queue AS q WHERE q.class = $1 AND q.held_at IS NOT NULL)
    ORDER BY due_at
    LIMIT $5
)
UPDATE message
SET state = 'leased', handing = FALSE, attempt = attempt + 1, lease_node = $3, lease_until = $4
FROM due
WHERE message.workspace = due.workspace AND message.id = due.id
RETURNING id, workspace, token, seq, attempt, stream, stream_version, contact, event, purpose, recipient, message_id, queued_at,
    COALESCE(resumed_at, queued_at), program,
    (SELECT p.holds FROM program AS p WHERE p.workspace = message.workspace AND p.id = message.program AND p.holds IS NOT NULL),
    message.due_at, message.tries,
    CASE WHEN message.extra > 0 THEN COALESCE(message.granted_at, message.due_at) END, message.reason, message.class, message.joined
