UPDATE waking
SET woken = $3, again = $4
WHERE workspace = $1 AND contact = $2
