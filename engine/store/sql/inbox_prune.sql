DELETE FROM inbox_mail
WHERE workspace = $1 AND id IN (
    SELECT id
    FROM inbox_mail
    WHERE workspace = $1 AND id < $2
    ORDER BY id
    LIMIT $3
)
RETURNING id
