SELECT v.id, v.program, v.body
FROM program AS p
JOIN program_version AS v ON v.workspace = p.workspace AND v.id = p.current
WHERE p.workspace = $1 AND p.state = 'live'
ORDER BY p.id
