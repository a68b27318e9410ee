-- Files and mails that are longer than one piece go on here: a database holds a value that it writes or reads several
-- times over.
CREATE TABLE piece (
    workspace uuid NOT NULL,
    owner uuid NOT NULL,       -- the event of a file, the message of a mail in the inbox
    position bigint NOT NULL,  -- which of the event's files; 0 for a mail
    number bigint NOT NULL,    -- from 1; the first piece stands in the owner's own row
    bytes bytea NOT NULL,
    PRIMARY KEY (workspace, owner, position, number)
);
