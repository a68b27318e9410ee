-- What people define: streams, programs, event types. Versions are immutable.
CREATE TABLE stream (
    workspace UUID NOT NULL REFERENCES workspace (id),
    id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    class TEXT NOT NULL, -- operational | marketing; fixed
    current UUID NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
);

CREATE TABLE stream_version (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    stream UUID NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, stream, number),
    FOREIGN KEY (workspace, stream) REFERENCES stream (workspace, id)
);

CREATE TABLE program (
    workspace UUID NOT NULL REFERENCES workspace (id),
    id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL, -- draft | live | paused
    current UUID,        -- the published version
    latest UUID NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name)
);

CREATE TABLE program_version (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    program UUID NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    published_at BIGINT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, program, number),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
);

CREATE TABLE event_type (
    workspace UUID NOT NULL REFERENCES workspace (id),
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, name)
);
