SELECT id, body
FROM stream_version
WHERE workspace = $1 AND id = $2
