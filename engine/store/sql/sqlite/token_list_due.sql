-- SQLite has one bucket. What is due by now is little, however much waits or is done: it is found by its time first, and
-- sorted then.
WITH due AS MATERIALIZED (
    SELECT workspace, id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
    FROM token
    WHERE state = 'ready' AND due_at <= $4
)
SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM due
WHERE workspace = $1 AND id < $2
  AND (program = $5 OR $5 IS NULL)
  AND (node = $6 OR $6 IS NULL)
ORDER BY id DESC
LIMIT $3
