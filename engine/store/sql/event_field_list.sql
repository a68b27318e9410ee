SELECT type, path, kinds, examples, carried, first_seen, last_seen
FROM event_field
WHERE workspace = $1
ORDER BY type, path
LIMIT $2
