-- One process owns the file, so its clock is the only one, and there is nobody to share with.
INSERT INTO node (id, alive_until, advances, dispatches)
VALUES ($1, $2 + $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until, advances = excluded.advances, dispatches = excluded.dispatches
