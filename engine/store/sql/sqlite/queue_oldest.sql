-- SQLite has one bucket. Since when the oldest message waits that is due or was tried in vain: two looks at the start of an index each.
SELECT MIN(at) FROM (
    SELECT * FROM (
        SELECT due_at AS at
        FROM message
        WHERE state = 'queued' AND class = $1 AND due_at <= $2
        ORDER BY due_at
        LIMIT 1
    ) AS due
    UNION ALL
    SELECT * FROM (
        SELECT COALESCE(resumed_at, queued_at) AS at
        FROM message
        WHERE state = 'queued' AND class = $1 AND reason IS NOT NULL
        ORDER BY queued_at
        LIMIT 1
    ) AS put_off
) AS x
