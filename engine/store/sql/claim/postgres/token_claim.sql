-- Several committers claim at once: each skips what another holds, and a dead one's locks go with its connection. Bucket by
-- bucket, in the order given; rows are locked as they come, so what is beyond the limit is neither read nor locked.
SELECT t.id, t.workspace, t.program, t.version, t.contact, t.event, t.node, t.phase, t.seq, t.attempts, t.due_at,
    (SELECT p.holds FROM program AS p WHERE p.workspace = t.workspace AND p.id = t.program AND p.holds IS NOT NULL),
    t.arrived_at
FROM ROWS(bucket bigint, since bigint) AS r
CROSS JOIN LATERAL (
    SELECT id, workspace, program, version, contact, event, node, phase, seq, attempts, due_at, arrived_at
    FROM token
    WHERE state = 'ready' AND (get_byte(uuid_send(id), 5) >> 2) = r.bucket AND due_at BETWEEN r.since AND $1
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS t
LIMIT $2
