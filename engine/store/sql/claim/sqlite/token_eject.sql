-- SQLite would rather walk the primary key of all tokens and has to be told of the index; it has no row locks.
WITH inside AS MATERIALIZED (
    SELECT workspace, id
    FROM token INDEXED BY token_place
    WHERE workspace = $1 AND program = $2 AND state = 'ready'
    LIMIT $4
)
UPDATE token
SET state = 'ejected', updated_at = $3
FROM inside
WHERE token.workspace = inside.workspace AND token.id = inside.id
RETURNING node
