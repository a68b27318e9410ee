-- Each host that calls are queued for, with the first due time: one look into the index a host, however many calls it has.
WITH RECURSIVE found AS (
    SELECT * FROM (
        SELECT host, due_at
        FROM call
        WHERE state = 'queued' AND host > $1
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
SELECT host, due_at
FROM found
WHERE host IS NOT NULL
LIMIT $2
