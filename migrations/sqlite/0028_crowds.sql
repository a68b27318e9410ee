-- Crowds: so many tokens of a contact wait for an event type that one transaction does not give them what comes.
CREATE TABLE crowd (
    workspace BLOB NOT NULL,
    contact BLOB NOT NULL,
    event TEXT NOT NULL,
    noted INTEGER NOT NULL, -- how many events were noted for it, ever
    PRIMARY KEY (workspace, contact, event)
) STRICT, WITHOUT ROWID;
-- What is noted. A duty goes through the tokens in the order of their ids, event after event.
CREATE TABLE crowd_event (
    workspace BLOB NOT NULL,
    contact BLOB NOT NULL,
    event TEXT NOT NULL,
    number INTEGER NOT NULL, -- in the order in which they were stored
    came BLOB NOT NULL, -- the event
    told BLOB, -- the last token that has it; none yet where it is missing
    PRIMARY KEY (workspace, contact, event, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX crowd_event_came ON crowd_event (workspace, came);
-- What was noted for its crowd when a token began to wait, or what it has of that: whatever has a higher number is new to it.
ALTER TABLE awaiting ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
