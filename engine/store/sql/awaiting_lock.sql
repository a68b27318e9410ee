-- In order of the token, as ingest takes them, so that nobody waits for another in a circle. Whether something is noted for its
-- crowd is told, too.
SELECT a.workspace, a.token, a.seq, a.found, a.until, (
    SELECT COUNT(*) FROM (
        SELECT c.number FROM crowd_event AS c WHERE c.workspace = a.workspace AND c.contact = a.contact AND c.event = a.event LIMIT 1
    ) AS x
) AS noted
FROM ROWS(workspace uuid, token uuid) AS r
JOIN awaiting AS a ON a.workspace = r.workspace AND a.token = r.token
ORDER BY a.token
FOR UPDATE OF a
