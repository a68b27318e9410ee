INSERT INTO node (id, alive_until)
VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
