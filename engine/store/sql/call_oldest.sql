SELECT COALESCE(resumed_at, queued_at)
FROM call
WHERE state = 'queued'
ORDER BY COALESCE(resumed_at, queued_at)
LIMIT 1
