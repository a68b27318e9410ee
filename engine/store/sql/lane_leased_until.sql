-- Waits for marks that are being written: what somebody hands over by then is not given back. SQLite is told of the
-- index, as the order would have it walk the primary key.
SELECT id, attempt
FROM LANE INDEXED BY LANE_leased
WHERE state = 'leased' AND lease_node = $1 AND lease_until = $2
ORDER BY id
FOR UPDATE
