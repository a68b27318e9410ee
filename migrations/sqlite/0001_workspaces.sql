-- Tenants, what is set for them, and the machines that serve them.
CREATE TABLE workspace (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    unknown_events TEXT NOT NULL DEFAULT 'register', -- register | refuse
    routing_revision INTEGER NOT NULL DEFAULT 1       -- grows when events may start other programs than before
) STRICT;

INSERT INTO workspace (id, name) VALUES (x'00000000000000000000000000000001', 'default');

-- Random secrets of the installation, such as the key that signs links.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- Machines that are alive, by boot id.
CREATE TABLE node (
    id TEXT PRIMARY KEY,
    alive_until INTEGER NOT NULL
) STRICT;
