-- Who something happened to, and what. No foreign keys here and in tokens and messages: these tables
-- are written by set at full speed, by one place each, and pruned by age.
CREATE TABLE contact (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    external_id TEXT,
    email TEXT,
    email_key TEXT, -- the address in lower case
    attributes TEXT NOT NULL,
    opt_in INTEGER,
    revision INTEGER NOT NULL,   -- grows with every change: the fence of a merge
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT;

CREATE UNIQUE INDEX contact_external_id ON contact (workspace, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX contact_email ON contact (workspace, email_key) WHERE email_key IS NOT NULL;

CREATE TABLE event (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    contact BLOB NOT NULL,
    type TEXT NOT NULL,
    key TEXT, -- the caller's own id of it
    data TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT;

CREATE UNIQUE INDEX event_key ON event (workspace, key) WHERE key IS NOT NULL;
-- History counts; also the events of a contact.
CREATE INDEX event_history ON event (workspace, contact, type, occurred_at);

CREATE TABLE attachment (
    workspace BLOB NOT NULL,
    event BLOB NOT NULL,
    position INTEGER NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (workspace, event, position)
) STRICT;
