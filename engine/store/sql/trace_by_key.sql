SELECT x.token, x.seq, x.at, x.node, x.action, x.detail, x.reason, x.effect, t.program
FROM ROWS(token uuid, seq bigint) AS r
JOIN trace AS x ON x.workspace = $1 AND x.token = r.token AND x.seq = r.seq
JOIN token AS t ON t.workspace = $1 AND t.id = r.token
