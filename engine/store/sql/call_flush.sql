-- As `queue_flush`: what waits for another try is due, in the order in which it was queued, and what a resumed program
-- spreads stays spread.
UPDATE call
SET due_at = COALESCE(resumed_at, queued_at)
WHERE state = 'queued' AND (workspace, id) IN (
    SELECT workspace, id
    FROM call
    WHERE state = 'queued' AND reason IS NOT NULL AND due_at > COALESCE(resumed_at, queued_at)
    ORDER BY queued_at
    LIMIT $1
)
