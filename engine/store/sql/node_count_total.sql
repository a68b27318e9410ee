-- Only who folds writes here, so that no committer waits.
INSERT INTO node_count (workspace, program, node, what, slot, n)
SELECT $1, r.program, r.node, r.what, 0, r.n
FROM ROWS(program uuid, node text, what text, n bigint) AS r
WHERE TRUE
ORDER BY r.program, r.node, r.what
ON CONFLICT (workspace, program, node, what, slot) DO UPDATE SET n = node_count.n + excluded.n
