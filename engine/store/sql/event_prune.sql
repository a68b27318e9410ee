-- What a token under way or a message in the outbox may still need stays.
DELETE FROM event
WHERE workspace = $1 AND id IN (
    SELECT e.id
    FROM event AS e
    WHERE e.workspace = $1 AND e.id < $2
      AND NOT EXISTS (
        SELECT 1 FROM token AS t
        WHERE t.workspace = $1 AND t.contact = e.contact AND t.event = e.id AND t.state <> 'done')
      AND NOT EXISTS (
        SELECT 1 FROM message AS m
        WHERE m.workspace = $1 AND m.contact = e.contact AND m.event = e.id AND m.state IN ('queued', 'held', 'leased', 'unknown'))
    ORDER BY e.id
    LIMIT $3
)
RETURNING id
