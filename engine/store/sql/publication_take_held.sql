-- As publication_take, of what a pause has set aside.
INSERT INTO publication_token (workspace, publication, batch, token, phase, seq, due_at)
SELECT t.workspace, $3, $4, t.id, t.phase, t.seq, t.due_at
FROM token AS t
WHERE t.workspace = $1 AND t.program = $2 AND t.node = $5 AND t.version = $6 AND t.state IN ('held', 'ejected') AND t.state = 'held'
LIMIT $7
FOR UPDATE
RETURNING token, phase, seq, due_at, error
