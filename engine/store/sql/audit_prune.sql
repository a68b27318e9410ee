DELETE FROM audit
WHERE workspace = $1 AND id IN (
    SELECT id
    FROM audit
    WHERE workspace = $1 AND id < $2
    ORDER BY id
    LIMIT $3
)
