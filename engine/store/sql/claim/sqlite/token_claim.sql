-- SQLite has no row locks and no buckets: the transaction is the only one that writes.
SELECT id, workspace, program, version, contact, event, node, phase, seq, attempts, due_at,
    (SELECT p.holds FROM program AS p WHERE p.workspace = token.workspace AND p.id = token.program AND p.holds IS NOT NULL),
    arrived_at
FROM token
WHERE state = 'ready' AND due_at BETWEEN $3 AND $1
ORDER BY due_at
LIMIT $2
