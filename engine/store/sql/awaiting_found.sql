UPDATE awaiting
SET found = r.found
FROM ROWS(workspace uuid, token uuid, found bigint) AS r
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token
