-- Each host that calls are queued for, with the first due time: one look into the index a host, however many calls it has.
-- None while an operator holds the queue. With each, when the queue was last flushed: who asks looks at hosts that rest.
WITH RECURSIVE found AS (
    SELECT * FROM (
        SELECT host, due_at
        FROM call
        WHERE state = 'queued' AND host > $1
          AND NOT EXISTS (SELECT 1 FROM call_queue AS q WHERE q.held_at IS NOT NULL)
        ORDER BY host, due_at
        LIMIT 1
    ) AS first
    UNION ALL
    SELECT
        (SELECT c.host FROM call AS c WHERE c.state = 'queued' AND c.host > found.host ORDER BY c.host, c.due_at LIMIT 1),
        (SELECT c.due_at FROM call AS c WHERE c.state = 'queued' AND c.host > found.host ORDER BY c.host, c.due_at LIMIT 1)
    FROM found
    WHERE found.host IS NOT NULL
)
SELECT host, due_at, (SELECT q.flushed_at FROM call_queue AS q)
FROM found
WHERE host IS NOT NULL
LIMIT $2
