SELECT x.token, x.seq, x.at, x.node, x.action, x.detail, x.reason, x.effect, t.program
FROM ROWS(workspace uuid, token uuid, seq bigint) AS r
JOIN trace AS x ON x.workspace = r.workspace AND x.token = r.token AND x.seq = r.seq
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.token
