DELETE FROM event_field
WHERE workspace = $1 AND (type, path) IN (
    SELECT f.type, f.path
    FROM event_field AS f
    WHERE f.workspace = $1 AND f.last_seen < $2
    LIMIT $3
)
