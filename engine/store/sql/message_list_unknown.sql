SELECT id, token, seq, program, version, node, stream, stream_version, class, contact, event, recipient, message_id,
    purpose, state, handing, reason, subject, reply, attempt, due_at, queued_at, settled_at, unknown_at
FROM message
WHERE workspace = $1 AND id < $2 AND unknown_at IS NOT NULL
  AND ($4 IS NULL OR state = $4)
  AND ($5 IS NULL OR handing = $5)
  AND ($6 IS NULL OR program = $6)
  AND ($7 IS NULL OR stream = $7)
  AND ($8 IS NULL OR contact = $8)
ORDER BY id DESC
LIMIT $3
