SELECT id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, status, details, address
FROM audit INDEXED BY audit_actor
WHERE workspace = $1 AND actor_name = $5 AND id < $2 AND id >= $4
  AND (target_name = $6 OR $6 IS NULL)
ORDER BY id DESC
LIMIT $3
