-- The last gate before DATA, and the count of hand-overs; those that an operator granted are used up first. Whoever pauses waits for the marks that are being written
-- (message_leased_of_program), so nobody here need lock the program.
UPDATE message
SET handing = TRUE,
    hand_overs = message.hand_overs + CASE WHEN message.handing THEN 0 ELSE 1 END,
    extra = message.extra - CASE WHEN message.handing OR message.extra = 0 THEN 0 ELSE 1 END
FROM ROWS(id uuid, attempt bigint) AS r
WHERE message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt AND (GATE) IS NULL
RETURNING message.id, message.attempt
