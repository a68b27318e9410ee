-- One-time links that make the first user. In the database, so that whichever node answers knows them.
CREATE TABLE setup_link (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, digest)
) STRICT;
