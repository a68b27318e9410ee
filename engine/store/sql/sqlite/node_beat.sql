-- One process owns the file, so its clock is the only one.
INSERT INTO node (id, alive_until)
VALUES ($1, $2 + $3)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
