-- Changes nothing that anybody reads, and is a write all the same: a row of a node that never lived.
INSERT INTO node (id, alive_until)
VALUES ('probe', 0)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
