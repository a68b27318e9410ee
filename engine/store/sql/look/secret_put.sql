INSERT INTO secret (name, bytes)
VALUES ('links', $1)
ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes
