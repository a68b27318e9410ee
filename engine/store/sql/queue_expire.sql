-- What waited for longer than it may, while nothing of its queue is handed over.
UPDATE message
SET state = 'failed', reason = $4, settled_at = $3, first_due_at = NULL
WHERE state = 'queued' AND (workspace, id) IN (
    SELECT workspace, id
    FROM message
    WHERE state = 'queued' AND class = $1 AND due_at < $3 AND COALESCE(resumed_at, queued_at) < $2
      AND (extra = 0 OR COALESCE(granted_at, due_at) < $2)
    ORDER BY due_at
    LIMIT $5
)
