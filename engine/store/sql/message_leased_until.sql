SELECT id, attempt
FROM message
WHERE state = 'leased' AND handing = FALSE AND lease_node = $1 AND lease_until = $2
