-- $2: by the stream as it is now. So is one that had no stream to be written by: its class, which says who may be written
-- to, is the stream's from then on. What it has behind it stays; it may be handed over $3 times more.
UPDATE message
SET state = 'queued', due_at = $1, first_due_at = NULL, reason = NULL, settled_at = NULL,
    extra = message.extra + $3, granted_at = $1,
    class = CASE WHEN $2 OR message.stream_version IS NULL
        THEN (SELECT s.class FROM stream AS s WHERE s.workspace = message.workspace AND s.name = message.stream)
        ELSE message.class
    END,
    stream_version = CASE WHEN $2 OR message.stream_version IS NULL
        THEN (SELECT s.current FROM stream AS s WHERE s.workspace = message.workspace AND s.name = message.stream)
        ELSE message.stream_version
    END
FROM ROWS(workspace uuid, id uuid) AS r
WHERE message.workspace = r.workspace AND message.id = r.id AND message.state = 'failed'
  AND ((NOT $2 AND message.stream_version IS NOT NULL)
    OR (SELECT s.current FROM stream AS s WHERE s.workspace = message.workspace AND s.name = message.stream) IS NOT NULL)
RETURNING message.id
