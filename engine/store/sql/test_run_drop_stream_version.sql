DELETE FROM stream_version
WHERE workspace = $1
