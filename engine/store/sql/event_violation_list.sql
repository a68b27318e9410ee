SELECT path, code, times, reason, first_at, last_at
FROM event_violation
WHERE workspace = $1 AND type = $2
ORDER BY last_at DESC, path, code
LIMIT $3
