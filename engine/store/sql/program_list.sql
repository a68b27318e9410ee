PROGRAM_SUMMARY
WHERE p.workspace = $1 AND p.id < $2
  AND (CAST($4 AS bigint) IS NULL OR CASE WHEN p.state = 'archived' THEN 1 ELSE 0 END = $4)
ORDER BY p.id DESC
LIMIT $3
