-- Who may do what. Secrets are stored as SHA-256 digests only.
CREATE TABLE api_key (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (workspace, id)
) STRICT;

CREATE TABLE account (
    workspace BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL, -- the address in lower case
    password TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, email_key)
) STRICT;

CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    account BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX session_account ON session (workspace, account);
CREATE INDEX session_expires_at ON session (expires_at);

CREATE TABLE login_link (
    digest BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    account BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX login_link_expires_at ON login_link (expires_at);
