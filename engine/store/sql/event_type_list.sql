SELECT name, created_at
FROM event_type
WHERE workspace = $1 AND name > $2
ORDER BY name
LIMIT $3
