-- Locks the tokens that go back, so that the write that follows finds the same ones.
INSERT INTO trace (workspace, token, seq, at, node, action, detail, reason)
SELECT t.workspace, t.id, t.seq + 1, $2, t.node, 'moved', $3, $4
FROM ROWS(workspace uuid, token uuid, phase text, seq bigint, due_at bigint) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.token
WHERE (t.state = $1 OR (t.state = 'held' AND $1 = 'ready'))
  AND (t.seq = r.seq + 1 OR (t.seq = r.seq + 2 AND t.phase = 'due' AND t.node = $5))
FOR UPDATE OF t
