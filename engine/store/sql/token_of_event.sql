-- There is no index on event: a contact has few tokens.
SELECT t.id, t.event
FROM ROWS(workspace uuid, contact uuid, event uuid) AS r
JOIN participation AS p ON p.workspace = r.workspace AND p.contact = r.contact
JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token AND t.event = r.event
