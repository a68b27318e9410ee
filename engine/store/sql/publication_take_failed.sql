-- As publication_take, of what failed; with its error, for the undoing.
INSERT INTO publication_token (workspace, publication, batch, token, phase, seq, due_at, error)
SELECT t.workspace, $3, $4, t.id, t.phase, t.seq, t.due_at, COALESCE(t.error, '')
FROM token AS t INDEXED BY token_failed
WHERE t.workspace = $1 AND t.program = $2 AND t.node = $5 AND t.version = $6 AND t.state = 'failed'
LIMIT $7
FOR UPDATE
RETURNING token, phase, seq, due_at, error
