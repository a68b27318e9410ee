-- The state is part of the text, because only so does its index apply. SQLite would rather walk the primary key and has
-- to be told.
SELECT id, program, version, contact, event, node, seq, state, due_at, attempts, error, created_at, updated_at
FROM token INDEXED BY token_failed
WHERE workspace = $1 AND id < $2 AND state = 'failed'
  AND (program = $4 OR $4 IS NULL)
  AND (node = $5 OR $5 IS NULL)
ORDER BY id DESC
LIMIT $3
