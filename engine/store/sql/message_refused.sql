-- Messages that are still ours and were not marked, with their programs.
SELECT m.id, m.attempt, m.workspace, m.program
FROM ROWS(id uuid, attempt bigint) AS r
JOIN message AS m ON m.id = r.id AND m.state = 'leased' AND m.attempt = r.attempt
