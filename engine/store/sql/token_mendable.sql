SELECT t.id, t.state, t.program, t.version, t.node, t.phase, t.seq
FROM ROWS(workspace uuid, id uuid) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.id
