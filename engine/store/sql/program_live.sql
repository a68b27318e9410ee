-- A paused program takes what comes in; its tokens are held where they stand.
SELECT v.id, v.program, v.body
FROM program AS p
JOIN program_version AS v ON v.workspace = p.workspace AND v.id = p.current
WHERE p.workspace = $1 AND p.state IN ('live', 'paused')
ORDER BY p.id
