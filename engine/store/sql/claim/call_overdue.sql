-- With each, since when an operator holds the queue.
SELECT workspace, id, reason, (SELECT q.held_at FROM call_queue AS q)
FROM call
WHERE state = 'queued' AND COALESCE(resumed_at, queued_at) < $1
ORDER BY COALESCE(resumed_at, queued_at)
LIMIT $2
FOR UPDATE SKIP LOCKED
