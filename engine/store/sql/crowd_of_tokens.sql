-- What is noted for the crowds of these tokens and did not reach them yet, from the first of it on: so many of them ($1).
SELECT a.token, e.number, e.came
FROM ROWS(workspace uuid, token uuid) AS r
JOIN awaiting AS a ON a.workspace = r.workspace AND a.token = r.token
JOIN crowd_event AS e ON e.workspace = a.workspace AND e.contact = a.contact AND e.event = a.event AND e.number > a.behind
WHERE (e.told IS NULL OR e.told < a.token)
  AND e.number < $1 + (
    SELECT MIN(f.number)
    FROM crowd_event AS f
    WHERE f.workspace = a.workspace AND f.contact = a.contact AND f.event = a.event
      AND f.number > a.behind AND (f.told IS NULL OR f.told < a.token))
ORDER BY a.token, e.number
