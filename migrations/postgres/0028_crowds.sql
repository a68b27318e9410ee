-- Crowds: so many tokens of a contact wait for an event type that one transaction does not give them what comes.
CREATE TABLE crowd (
    workspace UUID NOT NULL,
    contact UUID NOT NULL,
    event TEXT NOT NULL,
    noted BIGINT NOT NULL, -- how many events were noted for it, ever
    PRIMARY KEY (workspace, contact, event)
);
-- What is noted. A duty goes through the tokens in the order of their ids, event after event.
CREATE TABLE crowd_event (
    workspace UUID NOT NULL,
    contact UUID NOT NULL,
    event TEXT NOT NULL,
    number BIGINT NOT NULL, -- in the order in which they were stored
    came UUID NOT NULL, -- the event
    told UUID, -- the last token that has it; none yet where it is missing
    PRIMARY KEY (workspace, contact, event, number)
);
CREATE INDEX crowd_event_came ON crowd_event (workspace, came);
-- What was noted for its crowd when a token began to wait, or what it has of that: whatever has a higher number is new to it.
ALTER TABLE awaiting ADD COLUMN behind BIGINT NOT NULL DEFAULT 0;
