-- With the length of what goes on in pieces.
SELECT a.position, a.filename, a.content_type, a.bytes, (
    SELECT CAST(COALESCE(SUM(length(p.bytes)), 0) AS bigint)
    FROM piece AS p
    WHERE p.workspace = a.workspace AND p.owner = a.event AND p.position = a.position)
FROM attachment AS a
WHERE a.workspace = $1 AND a.event = $2
ORDER BY a.position
