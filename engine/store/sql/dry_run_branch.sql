-- Which way the tokens of a program went, by the index over time.
SELECT x.node, x.detail, count(*)
FROM trace AS x
JOIN token AS t ON t.workspace = x.workspace AND t.id = x.token
WHERE x.workspace = $1 AND x.at >= $2 AND x.at < $3 AND x.action = 'passed' AND t.program = $4
GROUP BY x.node, x.detail
ORDER BY x.node, x.detail
