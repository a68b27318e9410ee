-- As token_place_count, for what failed. SQLite has to be told of the index.
SELECT node, version, COUNT(*)
FROM token
WHERE workspace = $1 AND program = $2 AND state = 'failed'
GROUP BY node, version
ORDER BY node, version
