-- What the workspace says, and which of these event types it knows. One question, because each is a way to the database and
-- back. The row of the workspace has no name.
SELECT NULL AS name, routing_revision, unknown_events, awaited
FROM workspace
WHERE id = $1
UNION ALL
SELECT t.name, NULL, NULL, NULL
FROM ROWS(name text) AS r
JOIN event_type AS t ON t.workspace = $1 AND t.name = r.name
