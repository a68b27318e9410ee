-- Tokens that an undone publication put back: those that rest at the node where they waited.
UPDATE awaiting
SET seq = t.seq,
    event = COALESCE($1, awaiting.event),
    until = CASE WHEN r.due_at > $2 THEN r.due_at ELSE awaiting.until END,
    behind = CASE WHEN COALESCE($1, awaiting.event) = awaiting.event THEN awaiting.behind ELSE COALESCE((
        SELECT c.noted FROM crowd AS c WHERE c.workspace = awaiting.workspace AND c.contact = awaiting.contact AND c.event = $1
    ), 0) END
FROM ROWS(workspace uuid, token uuid, seq bigint, due_at bigint) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.token
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token
  AND t.phase = 'due' AND t.node = $3 AND t.version = $4 AND t.seq > r.seq
