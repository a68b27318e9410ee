-- Locked, so that a pause or a resume waits until what was decided by this answer is written.
SELECT p.workspace, p.id, p.holds
FROM ROWS(workspace uuid, id uuid) AS r
JOIN program AS p ON p.workspace = r.workspace AND p.id = r.id
WHERE p.holds IS NOT NULL
FOR SHARE OF p
