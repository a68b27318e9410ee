-- The last gate before DATA: nothing is marked in a program that holds. Whoever pauses waits for the marks that are
-- being written (message_leased_of_program), so nobody here need lock the program.
UPDATE message
SET handing = TRUE
FROM ROWS(id uuid, attempt bigint) AS r
WHERE message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
  AND NOT EXISTS (
    SELECT 1 FROM program AS p
    WHERE p.workspace = message.workspace AND p.id = message.program AND p.holds IS NOT NULL)
RETURNING message.id
