-- As if it were new, but for its id, by which the other side can tell that it was there before.
UPDATE call
SET state = 'queued', due_at = $1, resumed_at = $1, tries = 0, reason = NULL, settled_at = NULL
FROM ROWS(workspace uuid, id uuid) AS r
WHERE call.workspace = r.workspace AND call.id = r.id AND call.state = 'failed'
