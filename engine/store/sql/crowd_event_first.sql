SELECT number, came, told
FROM crowd_event
WHERE workspace = $1 AND contact = $2 AND event = $3
ORDER BY number
LIMIT $4
