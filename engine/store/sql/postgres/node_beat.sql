-- By the server's clock unless a time is given: nodes need not agree on theirs.
INSERT INTO node (id, alive_until)
VALUES ($1, COALESCE($2, CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)) + $3)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
