-- How many are queued, as far as somebody wants to count, and how many of them were tried in vain.
SELECT COUNT(*), COUNT(reason) FROM (
    SELECT reason
    FROM message
    WHERE state = 'queued' AND class = $1
    LIMIT $2
) AS x
