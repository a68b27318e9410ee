-- Several nodes lease at once: each skips what another holds.
WITH due AS MATERIALIZED (
    SELECT workspace, id
    FROM call
    WHERE state = 'queued' AND host = $1 AND due_at <= $2
      AND NOT EXISTS (SELECT 1 FROM call_queue AS q WHERE q.held_at IS NOT NULL)
    ORDER BY due_at
    LIMIT $5
    FOR UPDATE SKIP LOCKED
)
UPDATE call
SET state = 'leased', attempt = attempt + 1, lease_node = $3, lease_until = $4
FROM due
WHERE call.workspace = due.workspace AND call.id = due.id
RETURNING call.id, call.workspace, token, seq, attempt, url, host, body, tries, due_at, COALESCE(resumed_at, queued_at), program,
    (SELECT p.holds FROM program AS p WHERE p.workspace = call.workspace AND p.id = call.program AND p.holds IS NOT NULL)
