-- So many events are noted for these crowds. Who notes some for the same crowd waits: what is stored later has a higher number.
INSERT INTO crowd (workspace, contact, event, noted)
SELECT r.workspace, r.contact, r.event, r.noted
FROM ROWS(workspace uuid, contact uuid, event text, noted bigint) AS r
WHERE TRUE
ON CONFLICT (workspace, contact, event) DO UPDATE
SET noted = crowd.noted + excluded.noted
RETURNING workspace, contact, event, noted
