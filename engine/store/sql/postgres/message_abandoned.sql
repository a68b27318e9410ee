-- Several nodes rescue at once, and settle meanwhile: skip what another holds.
SELECT id, attempt, handing
FROM message
WHERE state = 'leased'
  AND (lease_until < $1 OR NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = message.lease_node AND n.alive_until >= $1))
ORDER BY id
LIMIT $2
FOR UPDATE OF message SKIP LOCKED
