-- Since when the oldest message waits that is due or was tried in vain: a look at the start of an index each, of what is due
-- one a bucket.
SELECT MIN(at) FROM (
    SELECT due.at
    FROM generate_series(0, 63) AS b
    CROSS JOIN LATERAL (
        SELECT due_at AS at
        FROM message
        WHERE state = 'queued' AND class = $1 AND (get_byte(uuid_send(id), 5) >> 2) = b AND due_at <= $2
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
