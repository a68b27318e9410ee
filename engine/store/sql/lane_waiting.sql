-- How many are queued, as far as somebody wants to count, and how many of them were tried in vain.
SELECT COUNT(*), COUNT(reason) FROM (
    SELECT reason
    FROM LANE
    WHERE state = 'queued' AND CLASS = $1
    LIMIT $2
) AS x
