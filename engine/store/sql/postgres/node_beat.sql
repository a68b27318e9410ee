-- By the server's clock unless a time is given: nodes need not agree on theirs. Gives who shares the work: this node, and
-- those that live $6 longer than now.
WITH clock AS MATERIALIZED (
    SELECT COALESCE($2, CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)) AS now
), beat AS (
    INSERT INTO node (id, alive_until, advances, dispatches)
    SELECT $1, now + $3, $4, $5
    FROM clock
    ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until, advances = excluded.advances, dispatches = excluded.dispatches
    RETURNING id, advances, dispatches
)
SELECT id, advances, dispatches
FROM beat
UNION ALL
SELECT n.id, n.advances, n.dispatches
FROM node AS n, clock
WHERE n.id <> $1 AND n.alive_until >= clock.now + $6
