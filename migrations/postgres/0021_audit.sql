-- Who changed what, a row for each call or command that changes something. Rows are added, and deleted by age; none is
-- ever changed.
CREATE TABLE audit (
    workspace UUID NOT NULL REFERENCES workspace (id),
    id UUID NOT NULL,           -- in the order of what happened
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,   -- person | key | command_line | stranger
    actor_id UUID,
    actor_name TEXT COLLATE "C",
    action TEXT NOT NULL,       -- the operation's id in the OpenAPI document, or the command
    target_kind TEXT,
    target_id UUID,
    target_name TEXT COLLATE "C",
    status BIGINT,              -- of the answer; absent where the caller went away before it
    details TEXT NOT NULL,      -- JSON, small and without secrets
    address TEXT,               -- from where it was asked
    PRIMARY KEY (workspace, id)
);

CREATE INDEX audit_actor ON audit (workspace, actor_name, id);
CREATE INDEX audit_target ON audit (workspace, target_name, id);
