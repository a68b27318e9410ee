-- Tenants, what is set for them, and the machines that serve them.
CREATE TABLE workspace (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    unknown_events TEXT NOT NULL DEFAULT 'register', -- register | refuse
    routing_revision BIGINT NOT NULL DEFAULT 1       -- grows when events may start other programs than before
);

INSERT INTO workspace (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'default');

-- Random secrets of the installation, such as the key that signs links.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- Machines that are alive, by boot id.
CREATE TABLE node (
    id TEXT PRIMARY KEY,
    alive_until BIGINT NOT NULL
);
