-- Found by the index of leased messages, fenced by the attempt. Nobody waits here for long: rescue skips locked rows.
UPDATE message
SET state = r.state,
    handing = FALSE,
    reason = r.reason,
    reply = COALESCE(r.reply, message.reply),
    subject = COALESCE(r.subject, message.subject),
    due_at = COALESCE(r.due_at, message.due_at),
    settled_at = r.settled_at,
    unknown_at = COALESCE(r.unknown_at, message.unknown_at),
    lease_node = NULL,
    lease_until = NULL
FROM ROWS(id uuid, attempt bigint, state text, reason text, reply text, subject text, due_at bigint, settled_at bigint, unknown_at bigint) AS r
WHERE message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
RETURNING message.id, message.workspace, message.program, message.node, message.recipient, message.state
