-- Fenced by the seq: whoever replayed it meanwhile was first. Not a bare comparison of the state, as in token_update.
UPDATE token
SET version = r.version, phase = r.phase, seq = r.seq, state = 'ready', due_at = $1, attempts = 0, error = NULL, updated_at = $1
FROM ROWS(workspace uuid, id uuid, seen bigint, version uuid, phase text, seq bigint) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND token.seq = r.seen AND COALESCE(token.state, '') = 'failed'
RETURNING token.id
