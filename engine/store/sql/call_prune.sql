DELETE FROM call
WHERE workspace = $1 AND id IN (
    SELECT id
    FROM call
    WHERE workspace = $1 AND id < $2 AND state IN ('answered', 'failed', 'skipped') AND settled_at < $3
    ORDER BY id
    LIMIT $4
)
