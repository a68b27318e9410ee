PROGRAM_SUMMARY
WHERE p.workspace = $1 AND p.id = $2
