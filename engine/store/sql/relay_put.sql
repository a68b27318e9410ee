INSERT INTO relay (node, class, server, state, cause, since, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (node, class) DO UPDATE
SET server = excluded.server, state = excluded.state, cause = excluded.cause, since = excluded.since,
    next_at = excluded.next_at
