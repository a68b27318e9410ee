SELECT node, what, CAST(sum(n) AS bigint)
FROM node_count
WHERE workspace = $1 AND program = $2
GROUP BY node, what
ORDER BY node, what
