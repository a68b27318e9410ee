-- As token_place_count, for what a pause has set aside: a range of token_held.
SELECT node, version, COUNT(*)
FROM token
WHERE workspace = $1 AND program = $2 AND state IN ('held', 'ejected') AND state = 'held'
GROUP BY node, version
ORDER BY node, version
