-- The outbox. `handing` and the lease columns are in no index.
CREATE TABLE message (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    token BLOB NOT NULL,
    seq INTEGER NOT NULL,
    program BLOB NOT NULL,
    version BLOB NOT NULL,
    node TEXT NOT NULL,
    stream TEXT NOT NULL,
    stream_version BLOB,
    class TEXT NOT NULL,
    contact BLOB NOT NULL,
    event BLOB NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL, -- queued | leased | sent | failed | unknown | blocked | skipped
    handing INTEGER NOT NULL DEFAULT 0, -- leased, and the hand-over has begun
    reason TEXT,
    subject TEXT,
    reply TEXT,
    attempt INTEGER NOT NULL DEFAULT 0, -- the fence
    lease_node TEXT,
    lease_until INTEGER,
    due_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    settled_at INTEGER,
    unknown_at INTEGER, -- stays for ever
    PRIMARY KEY (workspace, id)
) STRICT;

-- A step asks for one message at most.
CREATE UNIQUE INDEX message_step ON message (workspace, token, seq);
CREATE INDEX message_due ON message (class, due_at) WHERE state = 'queued';
-- Few at any time: settling finds its rows here without the workspace, rescue reads all of it.
CREATE INDEX message_leased ON message (id) WHERE state = 'leased';
CREATE INDEX message_dead ON message (workspace, id) WHERE state IN ('failed', 'unknown');
CREATE INDEX message_unknown ON message (workspace, id) WHERE unknown_at IS NOT NULL;
CREATE INDEX message_contact ON message (workspace, contact, id);
-- The live feed.
CREATE INDEX message_settled ON message (workspace, settled_at) WHERE settled_at IS NOT NULL;

-- The built-in inbox.
CREATE TABLE inbox_mail (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL, -- the message's
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_key TEXT NOT NULL, -- the address in lower case
    subject TEXT NOT NULL,
    raw BLOB NOT NULL,
    size INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT;

CREATE INDEX inbox_mail_recipient ON inbox_mail (workspace, recipient_key, id);
