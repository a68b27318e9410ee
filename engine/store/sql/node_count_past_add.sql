INSERT INTO node_count_past (workspace, program, minute, span, node, what, n)
SELECT $1, r.program, r.minute, r.span, r.node, r.what, r.n
FROM ROWS(program uuid, minute bigint, span bigint, node text, what text, n bigint) AS r
WHERE TRUE
ORDER BY r.program, r.minute, r.span, r.node, r.what
ON CONFLICT (workspace, program, minute, span, node, what) DO UPDATE SET n = node_count_past.n + excluded.n
