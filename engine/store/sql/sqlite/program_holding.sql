-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT p.workspace, p.id, p.holds
FROM ROWS(workspace uuid, id uuid) AS r
JOIN program AS p ON p.workspace = r.workspace AND p.id = r.id
WHERE p.holds IS NOT NULL
