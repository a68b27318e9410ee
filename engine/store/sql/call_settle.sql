-- Found by the index of leased calls, fenced by the attempt.
UPDATE call
SET state = r.state,
    status = COALESCE(r.status, call.status),
    answer = COALESCE(r.answer, call.answer),
    reason = r.reason,
    due_at = COALESCE(r.due_at, call.due_at),
    settled_at = r.settled_at,
    tries = call.tries + r.tried,
    lease_node = NULL,
    lease_until = NULL
FROM ROWS(id uuid, attempt bigint, state text, status bigint, answer text, reason text, due_at bigint, settled_at bigint, tried bigint) AS r
WHERE call.id = r.id AND call.state = 'leased' AND call.attempt = r.attempt
RETURNING call.id, call.attempt, call.workspace, call.token, call.seq, call.node, call.state
