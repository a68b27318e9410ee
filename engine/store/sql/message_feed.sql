SELECT id, settled_at, program, token, contact, node, state
FROM message
WHERE workspace = $1 AND settled_at IS NOT NULL AND settled_at > $2
ORDER BY settled_at, id
LIMIT $3
