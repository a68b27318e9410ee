INSERT INTO audit (
    workspace, id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, status, details, address
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
