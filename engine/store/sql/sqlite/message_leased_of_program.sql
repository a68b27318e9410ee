-- SQLite would rather walk the primary key of all messages and has to be told of the index; it has no row locks.
SELECT id, attempt, handing
FROM message INDEXED BY message_leased
WHERE state = 'leased' AND workspace = $1 AND program = $2
ORDER BY id
