-- What is folded is history, and what is not is of its minute: a row is never both.
SELECT node, what, CAST(sum(n) AS bigint)
FROM (
    SELECT node, what, n
    FROM node_count_past
    WHERE workspace = $1 AND program = $2 AND minute >= $3 AND minute < $4
    UNION ALL
    SELECT node, what, n
    FROM node_count
    WHERE workspace = $1 AND program = $2 AND slot >= CAST($3 AS bigint) * 32 AND slot < CAST($4 AS bigint) * 32
) AS counted
GROUP BY node, what
ORDER BY node, what
