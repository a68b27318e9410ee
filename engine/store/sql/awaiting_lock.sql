-- In order of the token, as ingest takes them, so that nobody waits for another in a circle.
SELECT a.token, a.seq, a.until, a.found
FROM ROWS(workspace uuid, token uuid) AS r
JOIN awaiting AS a ON a.workspace = r.workspace AND a.token = r.token
ORDER BY a.token
FOR UPDATE OF a
