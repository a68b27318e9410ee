-- Behind the last one, so that each has its turn.
SELECT workspace, contact
FROM waking
WHERE (workspace, contact) > ($2, $3)
ORDER BY workspace, contact
LIMIT $1
