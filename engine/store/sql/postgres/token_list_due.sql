-- What is due by now is little, however much waits or is done: it is found by its time first, bucket by bucket, and sorted
-- then.
WITH due AS MATERIALIZED (
    SELECT t.workspace, t.id, t.program, t.version, t.contact, t.event, t.node, t.seq, t.state, t.due_at, t.attempts, t.error,
        t.created_at, t.updated_at
    FROM generate_series(0, 63) AS b
    JOIN token AS t ON t.state = 'ready' AND (get_byte(uuid_send(t.id), 5) >> 2) = b AND t.due_at <= $4
)
SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM due
WHERE workspace = $1 AND id < $2
  AND (program = $5 OR $5 IS NULL)
  AND (node = $6 OR $6 IS NULL)
ORDER BY id DESC
LIMIT $3
