-- Behind its fields, so that none is left without its type.
DELETE FROM event_look
WHERE workspace = $1 AND type IN (
    SELECT l.type
    FROM event_look AS l
    WHERE l.workspace = $1 AND l.last_seen < $2
      AND NOT EXISTS (SELECT 1 FROM event_field AS f WHERE f.workspace = $1 AND f.type = l.type)
    LIMIT $3
)
