-- What nobody leased in time: its host takes nothing, or nobody is there to call it.
UPDATE call
SET state = 'failed', reason = r.reason, settled_at = $1
FROM ROWS(workspace uuid, id uuid, reason text) AS r
WHERE call.workspace = r.workspace AND call.id = r.id AND call.state = 'queued'
RETURNING call.id, call.attempt, call.workspace, call.token, call.seq, call.node, call.state
