-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT id
FROM workspace
WHERE id = $1
