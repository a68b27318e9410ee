INSERT INTO trace (workspace, token, seq, at, node, action, detail, reason, effect)
SELECT r.workspace, r.token, r.seq, r.at, r.node, r.action, r.detail, r.reason, r.effect
FROM ROWS(workspace uuid, token uuid, seq bigint, at bigint, node text, action text, detail text, reason text, effect text) AS r
