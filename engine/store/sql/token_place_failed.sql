-- As token_place_count, for what failed. SQLite would rather walk the primary key and has to be told of the index.
SELECT node, version, COUNT(*)
FROM token INDEXED BY token_failed
WHERE workspace = $1 AND program = $2 AND state = 'failed'
GROUP BY node, version
ORDER BY node, version
