DELETE FROM crowd_event
WHERE workspace = $1
