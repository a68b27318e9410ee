-- Ids are UUIDv7, so age is a range of the primary key; updated_at keeps those that finished lately. By its token a
-- message is found from its contact, so the token stays as long as one of them does.
DELETE FROM token
WHERE workspace = $1 AND id IN (
    SELECT t.id
    FROM token AS t
    WHERE t.workspace = $1 AND t.id < $2 AND t.state = 'done' AND t.updated_at < $3
      AND NOT EXISTS (SELECT 1 FROM message AS m WHERE m.workspace = $1 AND m.token = t.id)
    ORDER BY t.id
    LIMIT $4
)
RETURNING id, contact
