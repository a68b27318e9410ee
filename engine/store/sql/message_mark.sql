UPDATE message
SET handing = TRUE
FROM ROWS(id uuid, attempt bigint) AS r
WHERE message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
RETURNING message.id
