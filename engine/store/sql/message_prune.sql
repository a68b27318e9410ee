DELETE FROM message
WHERE workspace = $1 AND id IN (
    SELECT id
    FROM message
    WHERE workspace = $1 AND id < $2 AND state IN ('sent', 'blocked', 'skipped', 'failed') AND settled_at < $3
    ORDER BY id
    LIMIT $4
)
