DELETE FROM waking
WHERE workspace = $1 AND contact = $2
