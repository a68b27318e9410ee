-- What people design: drafts beside the versions, who made what, and publications that can be undone.
ALTER TABLE program_version ADD COLUMN author TEXT; -- a mail address or the name of a key

-- At most one a program. It stays for good, so that its revision only ever grows.
CREATE TABLE program_draft (
    workspace UUID NOT NULL,
    program UUID NOT NULL,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL, -- grows with every save: the fence between two editors
    base BIGINT,              -- number of the version that it began as
    saved_at BIGINT NOT NULL,
    saved_by TEXT,
    PRIMARY KEY (workspace, program),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
);

CREATE TABLE publication (
    workspace UUID NOT NULL,
    id UUID NOT NULL,
    program UUID NOT NULL,
    from_version UUID,        -- what was live before, if anything
    from_state TEXT NOT NULL, -- what the program did before
    to_version UUID NOT NULL,
    at BIGINT NOT NULL,
    author TEXT,
    undone_at BIGINT,
    undone_by TEXT,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
);

CREATE INDEX publication_program ON publication (workspace, program, id);

-- What a publication did to tokens: batches that were treated alike …
CREATE TABLE publication_batch (
    workspace UUID NOT NULL,
    publication UUID NOT NULL,
    batch BIGINT NOT NULL,
    choice TEXT NOT NULL,  -- move | retime | exit
    version UUID NOT NULL, -- where they stood
    node TEXT NOT NULL,
    target TEXT,           -- where they were put
    PRIMARY KEY (workspace, publication, batch)
);

-- … and the rest of each token's former place. Its step is the one after `seq`, as long as it has not gone on.
CREATE TABLE publication_token (
    workspace UUID NOT NULL,
    publication UUID NOT NULL,
    batch BIGINT NOT NULL,
    token UUID NOT NULL,
    phase TEXT NOT NULL,
    seq BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, publication, batch, token)
);

-- Who stands where, for what a publication changes. All tokens at one place have the same key, so PostgreSQL keeps it
-- once for many of them. Not by workspace first: looking a token up by its key would go through all of them here.
CREATE INDEX token_place ON token (program, node, version) WHERE state = 'ready';
