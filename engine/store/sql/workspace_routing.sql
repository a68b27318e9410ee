SELECT routing_revision, unknown_events
FROM workspace
WHERE id = $1
