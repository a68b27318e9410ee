-- A token rests on where it is, by another number: in another version ($2 ms longer or shorter, but not over before $3), or
-- because it failed ($1: NULL, for the same event as before).
UPDATE awaiting
SET seq = r.to_seq,
    event = COALESCE($1, awaiting.event),
    until = CASE WHEN $2 = 0 THEN awaiting.until WHEN awaiting.until + $2 < $3 THEN $3 ELSE awaiting.until + $2 END,
    behind = CASE WHEN COALESCE($1, awaiting.event) = awaiting.event THEN awaiting.behind ELSE COALESCE((
        SELECT c.noted FROM crowd AS c WHERE c.workspace = awaiting.workspace AND c.contact = awaiting.contact AND c.event = $1
    ), 0) END
FROM ROWS(workspace uuid, token uuid, seen bigint, to_seq bigint) AS r
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token AND awaiting.seq = r.seen
