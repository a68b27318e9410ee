-- What a token at its node may still ask for stays: without it the step would call anew.
DELETE FROM call
WHERE workspace = $1 AND id IN (
    SELECT c.id
    FROM call AS c
    WHERE c.workspace = $1 AND c.id < $2 AND c.state IN ('answered', 'failed', 'skipped') AND c.settled_at < $3
      AND NOT EXISTS (
        SELECT 1
        FROM token AS t
        WHERE t.workspace = $1 AND t.id = c.token AND t.state <> 'done' AND t.node = c.node)
    ORDER BY c.id
    LIMIT $4
)
