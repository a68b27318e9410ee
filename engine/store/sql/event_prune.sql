-- What a token under way or a message in the outbox may still need stays, and what joined a token as long as that is kept.
DELETE FROM event
WHERE workspace = $1 AND id IN (
    SELECT e.id
    FROM event AS e
    WHERE e.workspace = $1 AND e.id < $2
      AND NOT EXISTS (
        SELECT 1
        FROM participation AS p
        JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
        WHERE p.workspace = $1 AND p.contact = e.contact AND t.event = e.id AND t.state <> 'done')
      AND NOT EXISTS (
        SELECT 1
        FROM participation AS p
        JOIN message AS m ON m.workspace = p.workspace AND m.token = p.token
        WHERE p.workspace = $1 AND p.contact = e.contact AND m.event = e.id AND m.state IN ('queued', 'held', 'leased', 'unknown'))
      AND NOT EXISTS (SELECT 1 FROM joined AS j WHERE j.workspace = $1 AND j.event = e.id)
      AND NOT EXISTS (SELECT 1 FROM candidate AS c WHERE c.workspace = $1 AND c.event = e.id)
      AND NOT EXISTS (SELECT 1 FROM crowd_event AS k WHERE k.workspace = $1 AND k.came = e.id)
    ORDER BY e.id
    LIMIT $3
)
RETURNING id
