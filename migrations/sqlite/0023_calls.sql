-- Calls of other people's servers: the second lane of the outbox. What it shares with `message` has the same name there, so
-- that one statement's text serves both (`lane_*.sql`).
CREATE TABLE call (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    token BLOB NOT NULL,
    seq INTEGER NOT NULL,
    n INTEGER NOT NULL DEFAULT 0, -- which of its step's calls
    program BLOB NOT NULL,
    version BLOB NOT NULL,
    node TEXT NOT NULL,
    contact BLOB NOT NULL,
    event BLOB NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL, -- with its port: calls to one host have a limit of their own
    body TEXT NOT NULL, -- as it is sent, by each try
    state TEXT NOT NULL, -- queued | leased | answered | failed | held | skipped
    status INTEGER, -- of the last answer
    answer TEXT, -- how it began
    reason TEXT,
    attempt INTEGER NOT NULL DEFAULT 0, -- the fence
    tries INTEGER NOT NULL DEFAULT 0, -- attempts that the other side failed; the back-off grows with them
    lease_node TEXT,
    lease_until INTEGER,
    due_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    resumed_at INTEGER, -- from when on it is tried, where that is not since it was queued
    settled_at INTEGER,
    PRIMARY KEY (workspace, id)
) STRICT;

CREATE UNIQUE INDEX call_step ON call (workspace, token, seq, n);
-- By host, so that one with many calls is in no other's way.
CREATE INDEX call_due ON call (host, due_at) WHERE state = 'queued';
-- What has been tried for too long.
CREATE INDEX call_since ON call (COALESCE(resumed_at, queued_at)) WHERE state = 'queued';
-- Few at any time: settling finds its rows here without the workspace, rescue reads all of it.
CREATE INDEX call_leased ON call (id) WHERE state = 'leased';
CREATE INDEX call_dead ON call (workspace, id) WHERE state = 'failed';
CREATE INDEX call_held ON call (program, due_at, id) WHERE state = 'held';
