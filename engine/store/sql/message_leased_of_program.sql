-- Waits for marks that are being written, so that their outcome is known. SQLite would rather walk the primary key of all
-- messages and has to be told of the index.
SELECT id, attempt, handing
FROM message INDEXED BY message_leased
WHERE state = 'leased' AND workspace = $1 AND program = $2
ORDER BY id
FOR UPDATE
