-- There is news of these contacts. Where a duty goes through their tokens already, it does so once more.
INSERT INTO waking (workspace, contact, again)
SELECT r.workspace, r.contact, 0
FROM ROWS(workspace uuid, contact uuid) AS r
WHERE TRUE
ON CONFLICT (workspace, contact) DO UPDATE
SET again = 1
WHERE waking.again = 0
