-- One without a stream version cannot be written again; replay its token.
UPDATE message
SET state = 'queued', due_at = $1, reason = NULL, settled_at = NULL
FROM ROWS(workspace uuid, id uuid) AS r
WHERE message.workspace = r.workspace AND message.id = r.id AND message.state = 'failed' AND message.stream_version IS NOT NULL
