-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT id, attempt
FROM LANE
WHERE state = 'leased'
  AND (lease_until < $1 OR NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = LANE.lease_node AND n.alive_until >= $1))
ORDER BY id
LIMIT $2
