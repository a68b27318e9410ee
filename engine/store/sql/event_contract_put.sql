-- Under the lock of the workspace.
INSERT INTO event_contract (workspace, type, version, body, author, made_at)
SELECT $1, $2, COALESCE(MAX(c.version), 0) + 1, $3, $4, $5
FROM event_contract AS c
WHERE c.workspace = $1 AND c.type = $2
RETURNING version
