DELETE FROM program_version
WHERE workspace = $1
