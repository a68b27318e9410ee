-- At most so many: whoever reads no more need not know how many there are.
SELECT count(*)
FROM (
    SELECT 1
    FROM event AS e
    WHERE e.workspace = $1 AND e.id >= $2 AND e.id < $3 AND e.type IN (SELECT r.name FROM ROWS(name text) AS r)
    LIMIT $4
) AS found
