-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT id, workspace, program, version, contact, event, node, phase, seq, attempts, due_at
FROM token
WHERE state = 'ready' AND due_at <= $1
ORDER BY due_at
LIMIT $2
