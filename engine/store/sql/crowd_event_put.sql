INSERT INTO crowd_event (workspace, contact, event, number, came)
SELECT r.workspace, r.contact, r.event, r.number, r.came
FROM ROWS(workspace uuid, contact uuid, event text, number bigint, came uuid) AS r
