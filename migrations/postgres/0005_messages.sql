-- The outbox. `handing` and the lease columns are in no index, so that marking a hand-over stays on the page (HOT).
CREATE TABLE message (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    token UUID NOT NULL,
    seq BIGINT NOT NULL,
    program UUID NOT NULL,
    version UUID NOT NULL,
    node TEXT NOT NULL,
    stream TEXT NOT NULL,
    stream_version UUID,
    class TEXT NOT NULL,
    contact UUID NOT NULL,
    event UUID NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL, -- queued | leased | sent | failed | unknown | blocked | skipped
    handing BOOLEAN NOT NULL DEFAULT FALSE, -- leased, and the hand-over has begun
    reason TEXT,
    subject TEXT,
    reply TEXT,
    attempt BIGINT NOT NULL DEFAULT 0, -- the fence
    lease_node TEXT,
    lease_until BIGINT,
    due_at BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    settled_at BIGINT,
    unknown_at BIGINT, -- stays for ever
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

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
    workspace UUID NOT NULL,
    id UUID NOT NULL, -- the message's
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_key TEXT COLLATE "C" NOT NULL, -- the address in lower case
    subject TEXT NOT NULL,
    raw BYTEA NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX inbox_mail_recipient ON inbox_mail (workspace, recipient_key, id);
