DELETE FROM crowd_event
WHERE workspace = $1 AND contact = $2 AND event = $3 AND number <= $4
