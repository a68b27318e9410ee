-- Not a bare comparison of the state: PostgreSQL would look for these few rows in the whole index of what is due.
UPDATE token
SET node = r.node,
    phase = r.phase,
    seq = r.seq,
    state = r.state,
    due_at = r.due_at,
    attempts = r.attempts,
    error = r.error,
    updated_at = $1,
    arrived_at = CASE WHEN token.node = r.node THEN token.arrived_at ELSE $1 END
FROM ROWS(workspace uuid, id uuid, seen bigint, node text, phase text, seq bigint, state text, due_at bigint, attempts bigint, error text) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.seq = r.seen AND COALESCE(token.state, '') = 'ready'
