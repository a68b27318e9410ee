-- The token that waits for this answer goes on now. One that has left the node is left alone, and so is one that came back
-- and calls anew. What a program holds stays set aside and is due when it goes on. No EXISTS: while tables are new
-- PostgreSQL would read the whole of calls for one.
UPDATE token
SET due_at = CASE WHEN token.due_at < $1 THEN token.due_at ELSE $1 END, updated_at = $1
FROM ROWS(workspace uuid, token uuid, seq bigint, node text) AS r
WHERE token.workspace = r.workspace AND token.id = r.token AND token.node = r.node AND token.seq >= r.seq
  AND token.phase = 'due' AND COALESCE(token.state, '') IN ('ready', 'held', 'ejected')
  AND r.seq = (SELECT MAX(c.seq) FROM call AS c WHERE c.workspace = r.workspace AND c.token = r.token)
