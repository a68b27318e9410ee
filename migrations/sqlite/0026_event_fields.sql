-- What events look like, by type. Times are those of a day's begin: a field is written once a day by each node at most.
CREATE TABLE event_look (
    workspace BLOB NOT NULL,
    type TEXT NOT NULL,
    looked INTEGER NOT NULL DEFAULT 0, -- events looked at; halved now and then, so that the newest count most
    beyond INTEGER NOT NULL DEFAULT 0, -- those of them with fields over the budget
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (workspace, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_field (
    workspace BLOB NOT NULL,
    type TEXT NOT NULL,
    path TEXT NOT NULL,
    kinds TEXT NOT NULL, -- of its values, the first one first: string,number
    examples TEXT NOT NULL, -- a JSON list of values that are nobody's own
    carried INTEGER NOT NULL, -- events with it among those looked at
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (workspace, type, path)
) STRICT, WITHOUT ROWID;

-- What events of a type have to look like: each version of it, so its history. The last one counts.
CREATE TABLE event_contract (
    workspace BLOB NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT, -- none: there is no contract from here on
    author TEXT,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, type, version)
) STRICT, WITHOUT ROWID;

-- How often events stood against their contract, by field and reason.
CREATE TABLE event_violation (
    workspace BLOB NOT NULL,
    type TEXT NOT NULL,
    path TEXT NOT NULL,
    code TEXT NOT NULL,
    times INTEGER NOT NULL,
    reason TEXT NOT NULL, -- of the last time
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, type, path, code)
) STRICT, WITHOUT ROWID;
