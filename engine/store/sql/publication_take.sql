-- What a committer holds is waited for, and left out if it has moved on. Without statistics SQLite would prefer the primary
-- key, which is the whole workspace.
INSERT INTO publication_token (workspace, publication, batch, token, phase, seq, due_at)
SELECT t.workspace, $3, $4, t.id, t.phase, t.seq, t.due_at
FROM token AS t INDEXED BY token_place
WHERE t.workspace = $1 AND t.program = $2 AND t.node = $5 AND t.version = $6 AND t.state = 'ready'
LIMIT $7
FOR UPDATE
RETURNING token, phase, seq, due_at, error
