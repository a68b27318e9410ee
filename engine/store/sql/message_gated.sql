-- Those of these messages that are still ours and that the gate refuses.
SELECT message.id, message.attempt
FROM ROWS(id uuid, attempt bigint) AS r
JOIN message ON message.id = r.id AND message.state = 'leased' AND message.attempt = r.attempt
WHERE (GATE) IS NOT NULL
