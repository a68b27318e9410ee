-- An event came, and whoever stored it could not make the token due, because somebody else had it.
SELECT a.workspace, a.token, a.seq
FROM awaiting AS a
JOIN token AS t ON t.workspace = a.workspace AND t.id = a.token
WHERE a.found > 0 AND t.seq = a.seq AND COALESCE(t.state, '') = 'ready' AND t.due_at > $1
LIMIT $2
