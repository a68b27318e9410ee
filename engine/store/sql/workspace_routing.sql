SELECT routing_revision, unknown_events, awaited
FROM workspace
WHERE id = $1
