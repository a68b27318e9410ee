-- Who waits for which event of which contact: ingest looks here, in the transaction that stores the event. A row whose
-- seq is not the token's any more is left over, and means nothing.
CREATE TABLE awaiting (
    workspace UUID NOT NULL,
    token UUID NOT NULL,
    seq BIGINT NOT NULL,
    contact UUID NOT NULL,
    event TEXT NOT NULL,             -- the type
    until BIGINT NOT NULL,
    found BIGINT NOT NULL DEFAULT 0, -- events that came since the token was looked at last
    PRIMARY KEY (workspace, token)
);

CREATE INDEX awaiting_contact ON awaiting (workspace, contact, event);
-- Few at any time: the duty that makes tokens due reads all of it.
CREATE INDEX awaiting_found ON awaiting (workspace, token) WHERE found > 0;

-- The events that came, in the order in which they were stored, until the token is looked at.
CREATE TABLE candidate (
    workspace UUID NOT NULL,
    token UUID NOT NULL,
    number BIGINT NOT NULL,
    event UUID NOT NULL,
    PRIMARY KEY (workspace, token, number)
);

CREATE INDEX candidate_event ON candidate (workspace, event);

-- The events that joined a token, by the name that its program gives them. They are kept as long as the token.
CREATE TABLE joined (
    workspace UUID NOT NULL,
    token UUID NOT NULL,
    name TEXT NOT NULL,
    event UUID NOT NULL,
    PRIMARY KEY (workspace, token, name)
);

CREATE INDEX joined_event ON joined (workspace, event);

-- The event types that any version ever published here waits for: JSON, a list of names. Without: nobody waits.
ALTER TABLE workspace ADD COLUMN awaited TEXT;

-- The events that have joined the token of a message: JSON, ids by name. Without: there are none.
ALTER TABLE message ADD COLUMN joined TEXT;
