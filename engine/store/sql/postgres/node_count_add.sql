-- A slot per connection (nearly), so that committers do not wait for each other; sorted, so that those that share
-- one do not wait in a circle. And one per minute: while somebody holds a snapshot every update leaves a dead row that
-- the next one walks over.
INSERT INTO node_count (workspace, program, node, what, slot, n)
SELECT r.workspace, r.program, r.node, r.what, CAST($1 AS bigint) * 32 + pg_backend_pid() % 32, r.n
FROM ROWS(workspace uuid, program uuid, node text, what text, n bigint) AS r
WHERE TRUE
ORDER BY r.workspace, r.program, r.node COLLATE "C", r.what COLLATE "C"
ON CONFLICT (workspace, program, node, what, slot) DO UPDATE SET n = node_count.n + excluded.n
