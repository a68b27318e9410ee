-- Counts by time. A slot of node_count is of its time (its minute times 32) until it is folded: into slot 0, which is
-- the total, and into this history. So a total is as few rows as before, however long the history.
CREATE TABLE node_count_past (
    workspace BLOB NOT NULL,
    program BLOB NOT NULL,
    minute INTEGER NOT NULL, -- since 1970, the first one of the span
    span INTEGER NOT NULL, -- in minutes: a quarter of an hour, later its hour, later its day
    node TEXT NOT NULL,
    what TEXT NOT NULL, -- as in node_count
    n INTEGER NOT NULL,
    PRIMARY KEY (workspace, program, minute, span, node, what)
) STRICT, WITHOUT ROWID;

-- What is to become part of a longer span.
CREATE INDEX node_count_span ON node_count_past (workspace, span, minute);

-- Since when a token is at its node, whatever became of it there; none: since before this was kept.
ALTER TABLE token ADD COLUMN arrived_at INTEGER;
