-- What people define: streams, programs, event types. Versions are immutable.
CREATE TABLE stream (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    class TEXT NOT NULL, -- operational | marketing; fixed
    current BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
) STRICT;

CREATE TABLE stream_version (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    stream BLOB NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, stream, number),
    FOREIGN KEY (workspace, stream) REFERENCES stream (workspace, id)
) STRICT;

CREATE TABLE program (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL, -- draft | live | paused
    current BLOB,        -- the published version
    latest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
) STRICT;

CREATE TABLE program_version (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    published_at INTEGER,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, program, number),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
) STRICT;

CREATE TABLE event_type (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT;
