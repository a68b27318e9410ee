-- Not a bare comparison of the state: PostgreSQL would look for these few rows in the whole index of what is due.
-- Lists read these columns, so what could not be read gets a stand-in; the error tells what stood there. The phase
-- stays as it is: with a guess, a replay could take a step twice.
UPDATE token
SET program = r.program,
    version = r.version,
    contact = r.contact,
    event = r.event,
    node = r.node,
    seq = COALESCE(r.seq, (SELECT COALESCE(MAX(t.seq), 0) FROM trace AS t WHERE t.workspace = r.workspace AND t.token = r.id)),
    state = 'failed',
    due_at = $1,
    attempts = 0,
    error = r.error,
    updated_at = $1
FROM ROWS(workspace uuid, id uuid, program uuid, version uuid, contact uuid, event uuid, node text, seq bigint, error text) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND COALESCE(token.state, '') = 'ready'
