-- What people design: drafts beside the versions, who made what, and publications that can be undone.
ALTER TABLE program_version ADD COLUMN author TEXT; -- a mail address or the name of a key

-- At most one a program. It stays for good, so that its revision only ever grows.
CREATE TABLE program_draft (
    workspace BLOB NOT NULL,
    program BLOB NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL, -- grows with every save: the fence between two editors
    base INTEGER,              -- number of the version that it began as
    saved_at INTEGER NOT NULL,
    saved_by TEXT,
    PRIMARY KEY (workspace, program),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
) STRICT;

CREATE TABLE publication (
    workspace BLOB NOT NULL,
    id BLOB NOT NULL,
    program BLOB NOT NULL,
    from_version BLOB,        -- what was live before, if anything
    from_state TEXT NOT NULL, -- what the program did before
    to_version BLOB NOT NULL,
    at INTEGER NOT NULL,
    author TEXT,
    undone_at INTEGER,
    undone_by TEXT,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
) STRICT;

CREATE INDEX publication_program ON publication (workspace, program, id);

-- What a publication did to tokens: batches that were treated alike …
CREATE TABLE publication_batch (
    workspace BLOB NOT NULL,
    publication BLOB NOT NULL,
    batch INTEGER NOT NULL,
    choice TEXT NOT NULL,  -- move | retime | exit
    version BLOB NOT NULL, -- where they stood
    node TEXT NOT NULL,
    target TEXT,           -- where they were put
    PRIMARY KEY (workspace, publication, batch)
) STRICT;

-- … and the rest of each token's former place. Its step is the one after `seq`, as long as it has not gone on.
CREATE TABLE publication_token (
    workspace BLOB NOT NULL,
    publication BLOB NOT NULL,
    batch INTEGER NOT NULL,
    token BLOB NOT NULL,
    phase TEXT NOT NULL,
    seq INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, publication, batch, token)
) STRICT, WITHOUT ROWID;

-- Who stands where, for what a publication changes. All tokens at one place have the same key, which is why it is
-- small on PostgreSQL, and why they lie beside each other here. Not by workspace first: PostgreSQL would go through it
-- where it looks up a token by its key.
CREATE INDEX token_place ON token (program, node, version) WHERE state = 'ready';
