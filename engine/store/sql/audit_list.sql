SELECT id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, status, details, address
FROM audit
WHERE workspace = $1 AND id < $2 AND id >= $4
ORDER BY id DESC
LIMIT $3
