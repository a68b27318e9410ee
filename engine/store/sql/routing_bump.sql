UPDATE workspace
SET routing_revision = routing_revision + 1
WHERE id = $1
