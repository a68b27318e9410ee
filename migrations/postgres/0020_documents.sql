-- Mail streams are edited as programs are: a draft beside the versions, and who made what.
ALTER TABLE stream_version ADD COLUMN author TEXT; -- a mail address or the name of a key

-- At most one a stream. It stays for good, so that its revision only ever grows.
CREATE TABLE stream_draft (
    workspace UUID NOT NULL,
    stream UUID NOT NULL,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL, -- grows with every save: the fence between two editors
    base BIGINT,              -- number of the version that it began as
    saved_at BIGINT NOT NULL,
    saved_by TEXT,
    PRIMARY KEY (workspace, stream),
    FOREIGN KEY (workspace, stream) REFERENCES stream (workspace, id)
);
