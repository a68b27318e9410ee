-- Contacts on which so many tokens wait for conditions that one transaction does not wake them all. A duty goes through them, in
-- the order of their ids.
CREATE TABLE waking (
    workspace UUID NOT NULL,
    contact UUID NOT NULL,
    woken UUID,            -- the last token that is woken; none yet where it is missing
    again BIGINT NOT NULL, -- 1: there is news since it began, so it goes through them once more
    PRIMARY KEY (workspace, contact)
);
-- Those of a contact in the order of their tokens. What the former build asks for is found in it as well.
DROP INDEX awaiting_contact;
CREATE INDEX awaiting_contact_token ON awaiting (workspace, contact, event, token);
