UPDATE QUEUE
SET flushed_at = $2
WHERE class = $1
