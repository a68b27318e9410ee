DELETE FROM session
WHERE workspace = $1 AND account = $2
