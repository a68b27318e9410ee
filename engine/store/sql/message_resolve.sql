UPDATE message
SET state = $2, due_at = CASE WHEN $2 = 'queued' THEN $3 ELSE due_at END, reason = $4, settled_at = $5
FROM ROWS(id uuid) AS r
WHERE message.workspace = $1 AND message.id = r.id AND message.state = 'unknown'
RETURNING program, node
