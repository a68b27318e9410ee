SELECT workspace, id, reason
FROM call
WHERE state = 'queued' AND COALESCE(resumed_at, queued_at) < $1
ORDER BY COALESCE(resumed_at, queued_at)
LIMIT $2
FOR UPDATE SKIP LOCKED
