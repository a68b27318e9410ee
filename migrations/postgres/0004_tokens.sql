-- One contact's place in one program version, and what happened to it.
-- Rows are updated a few times each and at full speed: room on the page, and vacuum early.
CREATE TABLE token (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    program UUID NOT NULL,
    version UUID NOT NULL,
    contact UUID NOT NULL,
    event UUID NOT NULL,
    node TEXT NOT NULL,
    phase TEXT NOT NULL, -- arrived | due
    seq BIGINT NOT NULL, -- steps taken; the fence
    state TEXT NOT NULL, -- ready | done | failed
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- The timer wheel: a million waiting tokens cost nothing before they are due.
CREATE INDEX token_due ON token (due_at) WHERE state = 'ready';
CREATE INDEX token_failed ON token (workspace, id) WHERE state = 'failed';
CREATE INDEX token_contact ON token (workspace, contact, id);

CREATE TABLE trace (
    workspace UUID NOT NULL,
    token UUID NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    node TEXT NOT NULL,
    action TEXT NOT NULL, -- passed | waiting | finished | failed
    detail TEXT,          -- the port | the due time | | the error
    reason TEXT NOT NULL,
    effect TEXT,
    PRIMARY KEY (workspace, token, seq)
);

-- The live feed; also pruning.
CREATE INDEX trace_at ON trace (workspace, at);

-- Counters instead of counting. A slot per connection, so that committers do not wait for each other.
CREATE TABLE node_count (
    workspace UUID NOT NULL,
    program UUID NOT NULL,
    node TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL, -- entered | passed:<port> | finished | failed | sent | blocked
    slot BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (workspace, program, node, what, slot)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
