SELECT * FROM (
    SELECT id, CAST(1 AS bigint) AS kind, occurred_at AS at, CAST(0 AS bigint) AS seq
    FROM event
    WHERE workspace = $1 AND contact = $2
    UNION ALL
    SELECT x.token, 2, x.at, x.seq
    FROM token AS t
    JOIN trace AS x ON x.workspace = t.workspace AND x.token = t.id
    WHERE t.workspace = $1 AND t.contact = $2
    UNION ALL
    SELECT id, 3, queued_at, 0
    FROM message
    WHERE workspace = $1 AND contact = $2
) AS x
WHERE (at, kind, id, seq) < ($4, $5, $6, $7)
ORDER BY at DESC, kind DESC, id DESC, seq DESC
LIMIT $3
