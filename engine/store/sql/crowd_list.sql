-- Crowds that a duty has something to tell ($5: those that wait for conditions), behind the last one, so that each has its turn.
SELECT x.workspace, x.contact, x.event
FROM (
    SELECT k.workspace, k.contact, $5 AS event
    FROM waking AS k
    UNION ALL
    SELECT c.workspace, c.contact, c.event
    FROM crowd AS c
    WHERE EXISTS (
        SELECT 1 FROM crowd_event AS e WHERE e.workspace = c.workspace AND e.contact = c.contact AND e.event = c.event)
) AS x
WHERE (x.workspace, x.contact, x.event) > ($2, $3, $4)
ORDER BY x.workspace, x.contact, x.event
LIMIT $1
