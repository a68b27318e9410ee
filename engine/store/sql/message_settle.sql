-- Found by the index of leased messages, fenced by the attempt. Nobody waits here for long: rescue skips locked rows.
-- `flags`: 1 it was tried in vain, 2 that used up what an operator granted, as no mark did, 4 it waits for its relay alone,
-- 8 it had no mark, so the gate is asked now.
UPDATE message
SET state = r.state,
    handing = FALSE,
    reason = r.reason,
    reply = COALESCE(r.reply, message.reply),
    subject = COALESCE(r.subject, message.subject),
    first_due_at = CASE WHEN (r.flags & 4) > 0 THEN COALESCE(message.first_due_at, message.due_at) END,
    due_at = COALESCE(r.due_at, message.due_at),
    settled_at = r.settled_at,
    unknown_at = COALESCE(r.unknown_at, message.unknown_at),
    unknowns = message.unknowns + CASE WHEN r.unknown_at IS NULL THEN 0 ELSE 1 END,
    tries = message.tries + (r.flags & 1),
    extra = message.extra - ((r.flags >> 1) & 1),
    lease_node = NULL,
    lease_until = NULL
FROM ROWS(id uuid, attempt bigint, state text, reason text, reply text, subject text, due_at bigint, settled_at bigint, unknown_at bigint, flags bigint) AS r
WHERE message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
  AND ((r.flags & 8) = 0 OR (GATE) IS NULL)
RETURNING message.id, message.attempt, message.workspace, message.program, message.node, message.recipient, message.state
