-- Who stands where: what a preview counts and a publication goes by. A range of token_place, not of the tokens.
SELECT node, version, COUNT(*)
FROM token
WHERE workspace = $1 AND program = $2 AND state = 'ready'
GROUP BY node, version
ORDER BY node, version
