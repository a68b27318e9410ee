-- What events look like, by type. Times are those of a day's begin: a field is written once a day by each node at most.
CREATE TABLE event_look (
    workspace UUID NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    looked BIGINT NOT NULL DEFAULT 0, -- events looked at; halved now and then, so that the newest count most
    beyond BIGINT NOT NULL DEFAULT 0, -- those of them with fields over the budget
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (workspace, type)
);

CREATE TABLE event_field (
    workspace UUID NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    kinds TEXT NOT NULL, -- of its values, the first one first: string,number
    examples TEXT NOT NULL, -- a JSON list of values that are nobody's own
    carried BIGINT NOT NULL, -- events with it among those looked at
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (workspace, type, path)
);

-- What events of a type have to look like: each version of it, so its history. The last one counts.
CREATE TABLE event_contract (
    workspace UUID NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    body TEXT, -- none: there is no contract from here on
    author TEXT,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, type, version)
);

-- How often events stood against their contract, by field and reason.
CREATE TABLE event_violation (
    workspace UUID NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    times BIGINT NOT NULL,
    reason TEXT NOT NULL, -- of the last time
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, type, path, code)
);
