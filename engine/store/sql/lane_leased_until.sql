SELECT id, attempt
FROM LANE
WHERE state = 'leased' AND lease_node = $1 AND lease_until = $2
