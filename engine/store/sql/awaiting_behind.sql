-- These tokens have looked at what was noted for their crowds, up to a number. One that waits for something else by now has not.
UPDATE awaiting
SET behind = r.behind
FROM ROWS(workspace uuid, token uuid, seq bigint, behind bigint) AS r
WHERE awaiting.workspace = r.workspace AND awaiting.token = r.token AND awaiting.seq = r.seq AND awaiting.behind < r.behind
