UPDATE message
SET state = $1, due_at = CASE WHEN $1 = 'queued' THEN $2 ELSE due_at END, reason = $3, settled_at = $4,
    extra = message.extra + $5, granted_at = CASE WHEN $1 = 'queued' THEN $2 ELSE granted_at END
FROM ROWS(workspace uuid, id uuid) AS r
WHERE message.workspace = r.workspace AND message.id = r.id AND message.state = 'unknown'
RETURNING program, node
