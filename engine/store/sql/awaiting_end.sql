UPDATE awaiting
SET seq = r.to_seq, until = $1
FROM ROWS(workspace uuid, token uuid, seen bigint, to_seq bigint) AS r
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token AND awaiting.seq = r.seen
