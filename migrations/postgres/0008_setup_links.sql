-- One-time links that make the first user. In the database, so that whichever node answers knows them.
CREATE TABLE setup_link (
    workspace UUID NOT NULL REFERENCES workspace (id),
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, digest)
);
