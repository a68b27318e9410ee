SELECT position, filename, content_type, bytes
FROM attachment
WHERE workspace = $1 AND event = $2
ORDER BY position
