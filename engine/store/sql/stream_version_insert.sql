INSERT INTO stream_version (workspace, id, stream, number, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
