SELECT * FROM (
    SELECT id, CAST(1 AS bigint) AS kind, occurred_at AS at, CAST(0 AS bigint) AS seq
    FROM event
    WHERE workspace = $1 AND contact = $2
    UNION ALL
    SELECT x.token, 2, x.at, x.seq
    FROM participation AS p
    JOIN trace AS x ON x.workspace = p.workspace AND x.token = p.token
    WHERE p.workspace = $1 AND p.contact = $2
    UNION ALL
    SELECT m.id, 3, m.queued_at, 0
    FROM participation AS p
    JOIN message AS m ON m.workspace = p.workspace AND m.token = p.token
    WHERE p.workspace = $1 AND p.contact = $2
) AS x
WHERE (at, kind, id, seq) < ($4, $5, $6, $7)
ORDER BY at DESC, kind DESC, id DESC, seq DESC
LIMIT $3
