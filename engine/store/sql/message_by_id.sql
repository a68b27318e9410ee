SELECT m.id, m.token, m.seq, m.program, m.version, m.node, m.stream, m.stream_version, m.class, m.contact, m.event,
    m.recipient, m.message_id, m.purpose, m.state, m.handing, m.reason, m.subject, m.reply, m.attempt, m.due_at,
    m.queued_at, m.settled_at, m.unknown_at, m.hand_overs, m.unknowns, m.n
FROM ROWS(workspace uuid, id uuid) AS r
JOIN message AS m ON m.workspace = r.workspace AND m.id = r.id
