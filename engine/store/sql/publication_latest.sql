SELECT id, from_version, to_version, undone_at
FROM publication
WHERE workspace = $1 AND program = $2
ORDER BY id DESC
LIMIT 1
