-- What is known of messages that are still ours: by this it is decided what follows an attempt.
SELECT message.id, message.attempt, message.workspace, message.program, message.class,
    COALESCE(message.resumed_at, message.queued_at), message.tries, message.hand_overs, message.unknowns, message.extra,
    COALESCE(message.granted_at, message.due_at), message.handing, message.reason, v.body, (GATE)
FROM ROWS(id uuid, attempt bigint) AS r
JOIN message ON message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
LEFT JOIN stream_version AS v ON v.workspace = message.workspace AND v.id = message.stream_version
