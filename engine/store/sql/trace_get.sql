SELECT token, seq, at, node, action, detail, reason, effect
FROM trace
WHERE workspace = $1 AND token = $2
ORDER BY seq
