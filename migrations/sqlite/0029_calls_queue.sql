-- The queue of calls, and what an operator says of it to all nodes. The same as `queue`, which nodes of the former build
-- read whole: a row that is no class of mail would stop them.
CREATE TABLE call_queue (
    class TEXT PRIMARY KEY, -- calls
    held_at INTEGER,        -- since when nothing is called; none: it is
    flushed_at INTEGER      -- when all that waits was last said to be tried at once
) STRICT;

INSERT INTO call_queue (class) VALUES ('calls');

-- Hosts that nodes leave alone for a while. As `relay`, of which a node has one for each class of mail: for people, no node
-- reads it to decide.
CREATE TABLE call_host (
    node TEXT NOT NULL,
    host TEXT NOT NULL,       -- with its port
    cause TEXT NOT NULL,      -- its last answer, or what broke
    since INTEGER NOT NULL,
    next_at INTEGER NOT NULL, -- from then on it is tried with one call
    PRIMARY KEY (node, host)
) STRICT;

-- What waits for another try has a reason: few, and by this all of it is found.
CREATE INDEX call_put_off ON call (queued_at) WHERE state = 'queued' AND reason IS NOT NULL;
