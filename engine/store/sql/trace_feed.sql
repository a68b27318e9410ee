SELECT x.token, x.seq, x.at, x.node, x.action, x.detail, x.reason, x.effect, t.program, t.contact
FROM trace AS x
JOIN token AS t ON t.workspace = x.workspace AND t.id = x.token
WHERE x.workspace = $1 AND x.at > $2
ORDER BY x.at, x.token, x.seq
LIMIT $3
