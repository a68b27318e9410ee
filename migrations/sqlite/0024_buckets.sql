-- One process writes, and one transaction at a time: what is due is one bucket, and its indexes stay. What a node does is
-- kept as on PostgreSQL.
ALTER TABLE node ADD COLUMN advances INTEGER NOT NULL DEFAULT 1;
ALTER TABLE node ADD COLUMN dispatches INTEGER NOT NULL DEFAULT 1;
