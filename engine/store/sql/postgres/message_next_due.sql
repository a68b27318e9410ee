-- One look into the index a bucket.
SELECT m.due_at, r.bucket
FROM ROWS(bucket bigint, since bigint) AS r
CROSS JOIN LATERAL (
    SELECT due_at
    FROM message
    WHERE state = 'queued' AND class = $1 AND (get_byte(uuid_send(id), 5) >> 2) = r.bucket AND due_at >= r.since
    ORDER BY due_at
    LIMIT 1
) AS m
WHERE NOT EXISTS (SELECT 1 FROM queue AS q WHERE q.class = $1 AND q.held_at IS NOT NULL)
