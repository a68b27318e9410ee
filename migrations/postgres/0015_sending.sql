-- How often a mail was handed over, for its whole life: nothing sets these back.
ALTER TABLE message ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;      -- attempts that failed by the mail's own fate; the back-off grows with them
ALTER TABLE message ADD COLUMN hand_overs BIGINT NOT NULL DEFAULT 0; -- hand-overs whose DATA was begun; counted with the mark
ALTER TABLE message ADD COLUMN unknowns BIGINT NOT NULL DEFAULT 0;   -- hand-overs whose outcome was unknown
ALTER TABLE message ADD COLUMN extra BIGINT NOT NULL DEFAULT 0;      -- hand-overs beyond the bounds that operators have granted and nobody has used
-- Since when it was due, while it is put off for its relay's sake alone.
ALTER TABLE message ADD COLUMN first_due_at BIGINT;

-- What waits for another try has a reason: few, and by this the oldest is known and all of it is found.
CREATE INDEX message_put_off ON message (class, queued_at) WHERE state = 'queued' AND reason IS NOT NULL;

-- The two queues, and what an operator says of them to all nodes.
CREATE TABLE queue (
    class TEXT PRIMARY KEY, -- operational | marketing
    held_at BIGINT,        -- since when nothing is handed over; none: it is
    flushed_at BIGINT      -- when all that waits was last said to be tried at once
);

INSERT INTO queue (class) VALUES ('operational'), ('marketing');

-- What nodes see of their relays, while that is not all well: for people, no node reads it to decide.
CREATE TABLE relay (
    node TEXT NOT NULL,
    class TEXT NOT NULL,
    server TEXT NOT NULL,
    state TEXT NOT NULL, -- half_open | open
    cause TEXT NOT NULL, -- the relay's words, or what broke
    since BIGINT NOT NULL,
    PRIMARY KEY (node, class)
);

-- What holds for the installation as a whole: the address under which it is reached.
CREATE TABLE installation (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
