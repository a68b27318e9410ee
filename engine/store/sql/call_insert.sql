INSERT INTO call
    (workspace, id, token, seq, n, program, version, node, contact, event, url, host, body, state, status, reason, due_at,
     queued_at, settled_at)
SELECT r.workspace, r.id, r.token, r.seq, r.n, r.program, r.version, r.node, r.contact, r.event, r.url, r.host, r.body,
    r.state, r.status, r.reason, r.due_at, $1, r.settled_at
FROM ROWS(workspace uuid, id uuid, token uuid, seq bigint, n bigint, program uuid, version uuid, node text, contact uuid, event uuid, url text, host text, body text, state text, status bigint, reason text, due_at bigint, settled_at bigint) AS r
