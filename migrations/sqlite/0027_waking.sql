-- Contacts on which so many tokens wait for conditions that one transaction does not wake them all. A duty goes through them, in
-- the order of their ids.
CREATE TABLE waking (
    workspace BLOB NOT NULL,
    contact BLOB NOT NULL,
    woken BLOB,             -- the last token that is woken; none yet where it is missing
    again INTEGER NOT NULL, -- 1: there is news since it began, so it goes through them once more
    PRIMARY KEY (workspace, contact)
) STRICT, WITHOUT ROWID;
-- The index awaiting_contact ends in the token here, as every index of such a table does.
