INSERT INTO call_host (node, host, cause, since, next_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (node, host) DO UPDATE
SET cause = excluded.cause, since = excluded.since, next_at = excluded.next_at
