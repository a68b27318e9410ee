-- What waits for another try is due, in the order in which it was queued. What a resumed program spreads has no reason,
-- and stays spread.
UPDATE message
SET due_at = COALESCE(first_due_at, resumed_at, queued_at), first_due_at = NULL
WHERE state = 'queued' AND (workspace, id) IN (
    SELECT workspace, id
    FROM message
    WHERE state = 'queued' AND class = $1 AND reason IS NOT NULL
      AND due_at > COALESCE(first_due_at, resumed_at, queued_at)
    ORDER BY queued_at
    LIMIT $2
)
