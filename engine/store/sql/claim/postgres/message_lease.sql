-- Several nodes lease at once: each skips what another holds. Bucket by bucket, as token_claim.
-- Rows that are locked stay where they are, and are found there: of two indexes that begin with the workspace a plan that was
-- made while the table was empty may take the wrong one.
WITH due AS MATERIALIZED (
    SELECT m.place
    FROM ROWS(bucket bigint, since bigint) AS r
    CROSS JOIN LATERAL (
        SELECT ctid AS place
        FROM message
        WHERE state = 'queued' AND class = $1 AND (get_byte(uuid_send(id), 5) >> 2) = r.bucket
          AND due_at BETWEEN r.since AND $2
        ORDER BY due_at
        LIMIT $5
        FOR UPDATE SKIP LOCKED
    ) AS m
    WHERE NOT EXISTS (SELECT 1 FROM queue AS q WHERE q.class = $1 AND q.held_at IS NOT NULL)
    LIMIT $5
)
UPDATE message
SET state = 'leased', handing = FALSE, attempt = attempt + 1, lease_node = $3, lease_until = $4
FROM due
WHERE message.ctid = due.place
RETURNING message.id, message.workspace, token, seq, attempt, stream, stream_version, contact, event, purpose, recipient, message_id, queued_at,
    COALESCE(resumed_at, queued_at), message.program,
    (SELECT p.holds FROM program AS p WHERE p.workspace = message.workspace AND p.id = message.program AND p.holds IS NOT NULL),
    message.due_at, message.tries,
    CASE WHEN message.extra > 0 THEN COALESCE(message.granted_at, message.due_at) END, message.reason, message.class, message.joined
