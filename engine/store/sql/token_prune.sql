-- Ids are UUIDv7, so age is a range of the primary key; updated_at keeps those that finished lately.
DELETE FROM token
WHERE workspace = $1 AND id IN (
    SELECT id
    FROM token
    WHERE workspace = $1 AND id < $2 AND state = 'done' AND updated_at < $3
    ORDER BY id
    LIMIT $4
)
