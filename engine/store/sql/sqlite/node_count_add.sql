-- One connection writes, so one slot is enough, and one per quarter of an hour: history is not kept finer.
INSERT INTO node_count (workspace, program, node, what, slot, n)
SELECT r.workspace, r.program, r.node, r.what, $1 / 15 * 15 * 32, r.n
FROM ROWS(workspace uuid, program uuid, node text, what text, n bigint) AS r
WHERE TRUE
ORDER BY r.workspace, r.program, r.node, r.what
ON CONFLICT (workspace, program, node, what, slot) DO UPDATE SET n = node_count.n + excluded.n
