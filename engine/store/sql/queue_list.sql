SELECT class, held_at, flushed_at
FROM queue
ORDER BY class DESC
