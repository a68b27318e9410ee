-- Several nodes rescue at once, and settle meanwhile: skip what another holds. By the server's clock unless a
-- time is given: one whose clock is ahead takes nothing from those that live.
SELECT id, attempt
FROM LANE, (SELECT COALESCE($1, CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)) AS now) AS c
WHERE state = 'leased'
  AND (lease_until < c.now OR NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = LANE.lease_node AND n.alive_until >= c.now))
ORDER BY id
LIMIT $2
FOR UPDATE OF LANE SKIP LOCKED
