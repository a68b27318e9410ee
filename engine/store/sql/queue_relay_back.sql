-- What waited for its relay alone is due as it was before.
UPDATE message
SET due_at = first_due_at, first_due_at = NULL
WHERE state = 'queued' AND (workspace, id) IN (
    SELECT workspace, id
    FROM message
    WHERE state = 'queued' AND class = $1 AND reason IS NOT NULL AND first_due_at IS NOT NULL
    ORDER BY queued_at
    LIMIT $2
)
