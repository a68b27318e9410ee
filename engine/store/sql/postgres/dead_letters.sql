-- SQLite has to be told of the indexes.
SELECT * FROM (
    SELECT id, 'token' AS kind, program, node, contact, error AS reason, updated_at AS at
    FROM token
    WHERE workspace = $1 AND state = 'failed' AND id < $2
      AND ($4 = 'token' OR $4 IS NULL)
      AND (program = $5 OR $5 IS NULL)
      AND (contact = $6 OR $6 IS NULL)
    UNION ALL
    SELECT id, state, program, node, contact, reason, COALESCE(settled_at, queued_at)
    FROM message
    WHERE workspace = $1 AND state IN ('failed', 'unknown') AND id < $2
      AND (state = $4 OR $4 IS NULL)
      AND (program = $5 OR $5 IS NULL)
      AND (contact = $6 OR $6 IS NULL)
) AS x
ORDER BY id DESC
LIMIT $3
