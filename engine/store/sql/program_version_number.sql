SELECT id, number, author
FROM program_version
WHERE workspace = $1 AND id = $2
