-- What a committer holds is left out: it is ejected when it is claimed again.
WITH inside AS MATERIALIZED (
    SELECT workspace, id
    FROM token
    WHERE workspace = $1 AND program = $2 AND state = 'ready'
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE token
SET state = 'ejected', updated_at = $3
FROM inside
WHERE token.workspace = inside.workspace AND token.id = inside.id
RETURNING token.node
