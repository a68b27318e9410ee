-- Who may do what. Secrets are stored as SHA-256 digests only.
CREATE TABLE api_key (
    workspace UUID NOT NULL REFERENCES workspace (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (workspace, id)
);

CREATE TABLE account (
    workspace UUID NOT NULL REFERENCES workspace (id),
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL, -- the address in lower case
    password TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, email_key)
);

CREATE TABLE session (
    digest BYTEA PRIMARY KEY,
    workspace UUID NOT NULL,
    account UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);

CREATE INDEX session_account ON session (workspace, account);
CREATE INDEX session_expires_at ON session (expires_at);

CREATE TABLE login_link (
    digest BYTEA PRIMARY KEY,
    workspace UUID NOT NULL,
    account UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);

CREATE INDEX login_link_expires_at ON login_link (expires_at);
