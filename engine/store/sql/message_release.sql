UPDATE message
SET state = r.state, due_at = r.due_at, reason = r.reason, settled_at = r.settled_at, resumed_at = $1
FROM ROWS(workspace uuid, id uuid, state text, due_at bigint, reason text, settled_at bigint) AS r
WHERE message.workspace = r.workspace AND message.id = r.id AND message.state = 'held'
