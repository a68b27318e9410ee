-- As token_claim: skip what another committer holds.
SELECT t.id, t.workspace, t.program, t.version, t.contact, t.event, t.node, t.phase, t.seq, t.attempts, t.due_at,
    (SELECT p.holds FROM program AS p WHERE p.workspace = t.workspace AND p.id = t.program AND p.holds IS NOT NULL),
    t.arrived_at
FROM ROWS(id uuid) AS r
CROSS JOIN workspace AS w
JOIN token AS t ON t.workspace = w.id AND t.id = r.id
WHERE t.state = 'ready' AND t.due_at <= $1
ORDER BY t.due_at, t.id
FOR UPDATE OF t SKIP LOCKED
