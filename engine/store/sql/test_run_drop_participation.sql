DELETE FROM participation
WHERE workspace = $1
