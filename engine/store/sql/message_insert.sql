INSERT INTO message
    (workspace, id, token, seq, program, version, node, stream, stream_version, class, contact, event, recipient,
     message_id, purpose, state, reason, due_at, queued_at, settled_at, joined, n)
SELECT r.workspace, r.id, r.token, r.seq, r.program, r.version, r.node, r.stream, r.stream_version, r.class, r.contact,
    r.event, r.recipient, r.message_id, r.purpose, r.state, r.reason, r.due_at, $1, r.settled_at, r.joined, r.n
FROM ROWS(workspace uuid, id uuid, token uuid, seq bigint, program uuid, version uuid, node text, stream text, stream_version uuid, class text, contact uuid, event uuid, recipient text, message_id text, purpose text, state text, reason text, due_at bigint, settled_at bigint, joined text, n bigint) AS r
