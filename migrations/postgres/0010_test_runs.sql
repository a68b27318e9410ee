-- Drafts that are tried by the real runner: each run in a workspace of its own, so that it reaches nothing else.
CREATE TABLE test_run (
    workspace UUID NOT NULL REFERENCES workspace (id), -- whose program is tried
    id UUID NOT NULL REFERENCES workspace (id),        -- the workspace that it runs in, which goes when the run goes
    program UUID NOT NULL,
    revision BIGINT,          -- of the draft; none: the live version
    type TEXT COLLATE "C" NOT NULL, -- of the event that was sent
    data TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by TEXT,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, program) REFERENCES program (workspace, id)
);

CREATE INDEX test_run_program ON test_run (workspace, program, id);

-- Only these may be sent test mail. Few among many.
ALTER TABLE contact ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX contact_test ON contact (workspace, id) WHERE test;
