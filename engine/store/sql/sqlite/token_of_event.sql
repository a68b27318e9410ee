-- Without statistics SQLite prefers the primary key, which is the whole workspace. There is no index on event: a
-- contact has few tokens.
SELECT t.id, t.event
FROM ROWS(workspace uuid, contact uuid, event uuid) AS r
JOIN token AS t INDEXED BY token_contact ON t.workspace = r.workspace AND t.contact = r.contact AND t.event = r.event
