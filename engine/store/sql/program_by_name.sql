PROGRAM_SUMMARY
WHERE p.workspace = $1 AND p.name = $2
