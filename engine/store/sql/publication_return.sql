-- Only those that stand as the publication left them, or rest at the wait where it put them: one more step, and no
-- effect. Whoever took another step since has another place or seq.
-- One that had failed has failed again. Of the others, one that a pause holds stays held; one that had ended is ready, and is set aside again if the program still holds.
UPDATE token
SET version = $2,
    node = $3,
    phase = r.phase,
    seq = token.seq + 1,
    state = CASE WHEN r.error IS NOT NULL THEN 'failed' WHEN token.state = 'held' THEN 'held' ELSE 'ready' END,
    due_at = r.due_at,
    attempts = 0,
    error = r.error,
    updated_at = $4,
    arrived_at = CASE WHEN token.node = $3 THEN token.arrived_at ELSE $4 END
FROM ROWS(workspace uuid, token uuid, phase text, seq bigint, due_at bigint, error text) AS r
WHERE token.workspace = r.workspace AND token.id = r.token
  AND (token.state = $1 OR (token.state = 'held' AND $1 = 'ready'))
  AND (token.seq = r.seq + 1 OR (token.seq = r.seq + 2 AND token.phase = 'due' AND token.node = $5))
