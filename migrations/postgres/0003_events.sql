-- Who something happened to, and what. No foreign keys here and in tokens and messages: these tables
-- are written by set at full speed, by one place each, and pruned by age.
CREATE TABLE contact (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    external_id TEXT COLLATE "C",
    email TEXT,
    email_key TEXT COLLATE "C", -- the address in lower case
    attributes TEXT NOT NULL,
    opt_in BOOLEAN,
    revision BIGINT NOT NULL,   -- grows with every change: the fence of a merge
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX contact_external_id ON contact (workspace, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX contact_email ON contact (workspace, email_key) WHERE email_key IS NOT NULL;

CREATE TABLE event (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    contact UUID NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C", -- the caller's own id of it
    data TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

CREATE UNIQUE INDEX event_key ON event (workspace, key) WHERE key IS NOT NULL;
-- History counts; also the events of a contact.
CREATE INDEX event_history ON event (workspace, contact, type, occurred_at);

CREATE TABLE attachment (
    workspace UUID NOT NULL,
    event UUID NOT NULL,
    position BIGINT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (workspace, event, position)
);
