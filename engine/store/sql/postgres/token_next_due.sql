-- One look into the index a bucket.
SELECT t.due_at, r.bucket
FROM ROWS(bucket bigint, since bigint) AS r
CROSS JOIN LATERAL (
    SELECT due_at
    FROM token
    WHERE state = 'ready' AND (get_byte(uuid_send(id), 5) >> 2) = r.bucket AND due_at >= r.since
    ORDER BY due_at
    LIMIT 1
) AS t
