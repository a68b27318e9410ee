-- SQLite has no row locks and needs none: the transaction is the only one that writes.
SELECT holds, catch_up
FROM program
WHERE workspace = $1 AND id = $2
