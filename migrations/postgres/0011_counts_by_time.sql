-- Counts by time. A slot of node_count is of its time (its minute times 32) until it is folded: into slot 0, which is
-- the total, and into this history. So a total is as few rows as before, however long the history.
CREATE TABLE node_count_past (
    workspace UUID NOT NULL,
    program UUID NOT NULL,
    minute BIGINT NOT NULL, -- since 1970, the first one of the span
    span BIGINT NOT NULL, -- in minutes: a quarter of an hour, later its hour, later its day
    node TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL, -- as in node_count
    n BIGINT NOT NULL,
    PRIMARY KEY (workspace, program, minute, span, node, what)
);

-- What is to become part of a longer span.
CREATE INDEX node_count_span ON node_count_past (workspace, span, minute);

-- Nobody knows when that was which is counted so far: it is part of the totals only.
INSERT INTO node_count (workspace, program, node, what, slot, n)
SELECT workspace, program, node, what, 0, sum(n)
FROM node_count
WHERE slot <> 0
GROUP BY workspace, program, node, what
ON CONFLICT (workspace, program, node, what, slot) DO UPDATE SET n = node_count.n + excluded.n;
DELETE FROM node_count WHERE slot <> 0;

-- Since when a token is at its node, whatever became of it there; none: since before this was kept.
ALTER TABLE token ADD COLUMN arrived_at BIGINT;
