-- PostgreSQL takes no advice on indexes and needs none. There is no index on event: a contact has few tokens.
SELECT t.id, t.event
FROM ROWS(workspace uuid, contact uuid, event uuid) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.contact = r.contact AND t.event = r.event
