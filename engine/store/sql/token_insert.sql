INSERT INTO token
    (workspace, id, program, version, contact, event, node, phase, seq, state, due_at, attempts, created_at, updated_at, arrived_at)
SELECT $1, r.id, r.program, r.version, r.contact, r.event, r.node, 'arrived', 0, 'ready', $2, 0, $2, $2, $2
FROM ROWS(id uuid, program uuid, version uuid, contact uuid, event uuid, node text) AS r
