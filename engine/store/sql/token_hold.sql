-- Not a bare comparison of the state: PostgreSQL would look for these few rows in the whole index of what is due.
UPDATE token
SET state = r.state, updated_at = $1
FROM ROWS(workspace uuid, id uuid, state text) AS r
WHERE token.workspace = r.workspace AND token.id = r.id AND COALESCE(token.state, '') = 'ready'
