DELETE FROM session
WHERE digest = $1
