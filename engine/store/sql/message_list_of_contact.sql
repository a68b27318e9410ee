SELECT m.id, m.token, m.seq, m.program, m.version, m.node, m.stream, m.stream_version, m.class, m.contact, m.event,
    m.recipient, m.message_id, m.purpose, m.state, m.handing, m.reason, m.subject, m.reply, m.attempt, m.due_at,
    m.queued_at, m.settled_at, m.unknown_at, m.hand_overs, m.unknowns, m.n
FROM participation AS p
JOIN message AS m ON m.workspace = p.workspace AND m.token = p.token
WHERE p.workspace = $1 AND p.contact = $9 AND m.id < $2
  AND (m.state = $4 OR $4 IS NULL)
  AND (m.handing = $5 OR $5 IS NULL)
  AND (m.program = $6 OR $6 IS NULL)
  AND (m.stream = $7 OR $7 IS NULL)
  AND (m.node = $8 OR $8 IS NULL)
ORDER BY m.id DESC
LIMIT $3
