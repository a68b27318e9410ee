SELECT id, token, seq, program, version, node, stream, stream_version, class, contact, event, recipient, message_id,
    purpose, state, handing, reason, subject, reply, attempt, due_at, queued_at, settled_at, unknown_at, hand_overs, unknowns, n
FROM message
WHERE workspace = $1 AND id < $2
  AND (state = $4 OR $4 IS NULL)
  AND (handing = $5 OR $5 IS NULL)
  AND (program = $6 OR $6 IS NULL)
  AND (stream = $7 OR $7 IS NULL)
  AND (node = $8 OR $8 IS NULL)
ORDER BY id DESC
LIMIT $3
