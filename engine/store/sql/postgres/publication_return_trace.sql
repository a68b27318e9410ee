-- Locks the tokens that go back, so that the write that follows finds the same ones.
INSERT INTO trace (workspace, token, seq, at, node, action, detail, reason)
SELECT t.workspace, t.id, t.seq + 1, $5, t.node, 'moved', $6, $7
FROM publication_token AS p
JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
  AND t.state = $4
  AND (t.seq = p.seq + 1 OR (t.seq = p.seq + 2 AND t.phase = 'due' AND t.node = $8))
FOR UPDATE OF t
