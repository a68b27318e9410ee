SELECT class, held_at, flushed_at
FROM queue
UNION ALL
SELECT class, held_at, flushed_at
FROM call_queue
ORDER BY class DESC
