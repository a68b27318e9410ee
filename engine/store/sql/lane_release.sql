UPDATE LANE
SET state = r.state, due_at = r.due_at, reason = r.reason, settled_at = r.settled_at, resumed_at = $1
FROM ROWS(workspace uuid, id uuid, state text, due_at bigint, reason text, settled_at bigint) AS r
WHERE LANE.workspace = r.workspace AND LANE.id = r.id AND LANE.state = 'held'
RETURNING LANE.id, LANE.attempt, LANE.workspace, LANE.token, LANE.seq, LANE.node, LANE.state
