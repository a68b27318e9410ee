-- One contact's place in one program version, and what happened to it.
-- WITHOUT ROWID: the key is the table, one tree less to write.
CREATE TABLE token (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    version BLOB NOT NULL,
    contact BLOB NOT NULL,
    event BLOB NOT NULL,
    node TEXT NOT NULL,
    phase TEXT NOT NULL, -- arrived | due
    seq INTEGER NOT NULL, -- steps taken; the fence
    state TEXT NOT NULL, -- ready | done | failed
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

-- The timer wheel: a million waiting tokens cost nothing before they are due.
CREATE INDEX token_due ON token (due_at) WHERE state = 'ready';
CREATE INDEX token_failed ON token (workspace, id) WHERE state = 'failed';
CREATE INDEX token_contact ON token (workspace, contact, id);

CREATE TABLE trace (
    workspace BLOB NOT NULL,
    token BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    node TEXT NOT NULL,
    action TEXT NOT NULL, -- passed | waiting | finished | failed
    detail TEXT,          -- the port | the due time | | the error
    reason TEXT NOT NULL,
    effect TEXT,
    PRIMARY KEY (workspace, token, seq)
) STRICT, WITHOUT ROWID;

-- The live feed; also pruning.
CREATE INDEX trace_at ON trace (workspace, at);

-- Counters instead of counting. The slot is for PostgreSQL, where several commit at once; here it is 0.
CREATE TABLE node_count (
    workspace BLOB NOT NULL,
    program BLOB NOT NULL,
    node TEXT NOT NULL,
    what TEXT NOT NULL, -- entered | passed:<port> | finished | failed | sent | blocked
    slot INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (workspace, program, node, what, slot)
) STRICT, WITHOUT ROWID;
