SELECT passed_over
FROM event
WHERE workspace = $1 AND id = $2
