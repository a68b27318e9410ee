-- Crowds that a duty has something to tell ($5: those that wait for conditions), behind the last one, so that each has its turn.
SELECT x.workspace, x.contact, x.event
FROM (
    SELECT k.workspace, k.contact, $5 AS event
    FROM waking AS k
    UNION
    SELECT e.workspace, e.contact, e.event
    FROM crowd_event AS e
) AS x
WHERE (x.workspace, x.contact, x.event) > ($2, $3, $4)
ORDER BY x.workspace, x.contact, x.event
LIMIT $1
