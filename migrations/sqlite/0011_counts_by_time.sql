-- Counts by time. A slot of node_count is of its time (its minute times 32) until it is folded: into slot 0, which is
-- the total, and into this history. So a total is as few rows as before, however long the history.
CREATE TABLE node_count_past (
    workspace BLOB NOT NULL,
    program BLOB NOT NULL,
    minute INTEGER NOT NULL, -- since 1970, the first one of a span: a quarter of an hour, later its hour, later its day
    node TEXT NOT NULL,
    what TEXT NOT NULL, -- as in node_count
    n INTEGER NOT NULL,
    PRIMARY KEY (workspace, program, minute, node, what)
) STRICT, WITHOUT ROWID;

-- What is to become part of a longer span: what is no hour yet, and what is no day yet.
CREATE INDEX node_count_hourly ON node_count_past (workspace, minute) WHERE minute % 60 <> 0;
CREATE INDEX node_count_daily ON node_count_past (workspace, minute) WHERE minute % 1440 <> 0;

-- Since when a token is at its node, whatever became of it there; none: since before this was kept.
ALTER TABLE token ADD COLUMN arrived_at INTEGER;
