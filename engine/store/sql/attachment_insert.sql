INSERT INTO attachment (workspace, event, position, filename, content_type, bytes)
SELECT $1, r.event, r.position, r.filename, r.content_type, r.bytes
FROM ROWS(event uuid, position bigint, filename text, content_type text, bytes bytea) AS r
