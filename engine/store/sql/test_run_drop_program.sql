DELETE FROM program
WHERE workspace = $1
