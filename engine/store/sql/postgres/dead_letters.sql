-- SQLite has to be told of the indexes.
SELECT y.id, y.kind, y.program, y.node, y.contact, y.reason, y.at,
    COALESCE(CASE y.kind
        WHEN 'call' THEN FALSE
        WHEN 'token' THEN (SELECT p.current <> y.version FROM program AS p WHERE p.workspace = $1 AND p.id = y.program)
        ELSE (SELECT y.version IS NULL OR s.current <> y.version FROM stream AS s WHERE s.workspace = $1 AND s.name = y.stream)
    END, FALSE),
    (SELECT t.event FROM token AS t WHERE t.workspace = $1 AND t.id = y.token), y.token
FROM (
    SELECT * FROM (
        SELECT id, 'token' AS kind, program, node, contact, error AS reason, updated_at AS at, version, NULL AS stream, id AS token
        FROM token
        WHERE workspace = $1 AND state = 'failed' AND id < $2
          AND ($4 = 'token' OR $4 IS NULL)
          AND (program = $5 OR $5 IS NULL)
          AND (contact = $6 OR $6 IS NULL)
        UNION ALL
        SELECT id, state, program, node, contact, reason, COALESCE(settled_at, queued_at), stream_version, stream, token
        FROM message
        WHERE workspace = $1 AND state IN ('failed', 'unknown') AND id < $2
          AND (state = $4 OR $4 IS NULL)
          AND (program = $5 OR $5 IS NULL)
          AND (contact = $6 OR $6 IS NULL)
        UNION ALL
        SELECT id, 'call', program, node, contact, reason, COALESCE(settled_at, queued_at), version, NULL, token
        FROM call
        WHERE workspace = $1 AND state = 'failed' AND id < $2
          AND ($4 = 'call' OR $4 IS NULL)
          AND (program = $5 OR $5 IS NULL)
          AND (contact = $6 OR $6 IS NULL)
    ) AS x
    ORDER BY id DESC
    LIMIT $3
) AS y
ORDER BY y.id DESC
