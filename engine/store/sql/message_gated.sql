-- Those of these messages that are still ours and whose program holds.
SELECT m.id, m.attempt, m.workspace, m.program
FROM ROWS(id uuid, attempt bigint) AS r
JOIN message AS m ON m.id = r.id AND m.state = 'leased' AND m.attempt = r.attempt
JOIN program AS p ON p.workspace = m.workspace AND p.id = m.program AND p.holds IS NOT NULL
