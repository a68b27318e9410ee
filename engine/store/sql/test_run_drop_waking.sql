DELETE FROM waking
WHERE workspace = $1
