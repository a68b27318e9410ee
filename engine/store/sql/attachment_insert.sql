-- One file alone has its bytes beside the set.
INSERT INTO attachment (workspace, event, position, filename, content_type, bytes)
SELECT $1, r.event, r.position, r.filename, r.content_type, COALESCE($2, r.bytes)
FROM ROWS(event uuid, position bigint, filename text, content_type text, bytes bytea) AS r
