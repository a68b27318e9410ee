UPDATE crowd_event
SET told = $5
WHERE workspace = $1 AND contact = $2 AND event = $3 AND number <= $4
