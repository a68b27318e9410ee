-- These tokens have what was noted for their crowds, up to a number.
UPDATE awaiting
SET behind = r.behind
FROM ROWS(workspace uuid, token uuid, behind bigint) AS r
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token
