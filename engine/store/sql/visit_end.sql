-- The last of the steps that one look reads, newest first: so it is bounded, however rarely somebody came by.
SELECT at, token, seq
FROM trace
WHERE workspace = $1 AND at BETWEEN $2 AND $3 AND (at, token, seq) < ($3, $4, $5)
ORDER BY at DESC, token DESC, seq DESC
LIMIT 1 OFFSET $6
