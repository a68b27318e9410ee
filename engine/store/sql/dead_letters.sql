SELECT * FROM (
    SELECT id, 'token' AS kind, program, node, contact, error AS reason, updated_at AS at
    FROM token
    WHERE workspace = $1 AND state = 'failed' AND id < $2
    UNION ALL
    SELECT id, state, program, node, contact, reason, COALESCE(settled_at, queued_at)
    FROM message
    WHERE workspace = $1 AND state IN ('failed', 'unknown') AND id < $2
) AS x
ORDER BY id DESC
LIMIT $3
