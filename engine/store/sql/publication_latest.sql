SELECT id, from_version, from_state, to_version, undone_at
FROM publication
WHERE workspace = $1 AND program = $2
ORDER BY id DESC
LIMIT 1
