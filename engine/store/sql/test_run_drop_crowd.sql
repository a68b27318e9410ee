DELETE FROM crowd
WHERE workspace = $1
