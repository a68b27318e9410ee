-- Nobody waits for a token: a claim that has it looks for what came, and what anybody else has the duty finds.
SELECT t.id
FROM ROWS(workspace uuid, id uuid, seq bigint) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.id
WHERE t.seq = r.seq AND COALESCE(t.state, '') = 'ready' AND t.due_at > $1
FOR UPDATE OF t SKIP LOCKED
