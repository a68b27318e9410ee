DELETE FROM event_violation
WHERE workspace = $1 AND type = $2
