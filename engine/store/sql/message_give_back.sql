UPDATE message
SET state = 'queued', lease_node = NULL, lease_until = NULL
WHERE state = 'leased' AND handing = FALSE AND lease_node = $1 AND lease_until = $2
