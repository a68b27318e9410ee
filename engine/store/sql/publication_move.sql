-- One that had failed is ready again: its node was mended, or it has left it. What a pause holds stays held.
-- $3: the token rests on as it did ($4 ms longer or shorter, if that is not 0), or arrives anew.
UPDATE token
SET version = $1,
    node = $2,
    phase = CASE WHEN $3 THEN r.phase ELSE 'arrived' END,
    seq = r.seq + 1,
    due_at = CASE
        WHEN NOT $3 THEN $5
        WHEN r.phase = 'arrived' OR $4 = 0 THEN r.due_at
        WHEN r.due_at + $4 < $5 THEN $5
        ELSE r.due_at + $4
    END,
    state = CASE WHEN token.state = 'failed' THEN 'ready' ELSE token.state END,
    attempts = 0,
    error = NULL,
    updated_at = $5,
    arrived_at = CASE WHEN token.node = $2 THEN token.arrived_at ELSE $5 END
FROM ROWS(workspace uuid, token uuid, phase text, seq bigint, due_at bigint) AS r
WHERE token.workspace = r.workspace AND token.id = r.token
