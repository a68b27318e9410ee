-- Who takes part in what: the way from a contact to its tokens, and by them to its messages. Written once, with the
-- token, where on PostgreSQL an index would be written again with every step. Here it takes the place of two indexes.
CREATE TABLE participation (
    workspace BLOB NOT NULL,
    contact BLOB NOT NULL,
    token BLOB NOT NULL,
    program BLOB NOT NULL,
    PRIMARY KEY (workspace, contact, token)
) STRICT, WITHOUT ROWID;

INSERT INTO participation (workspace, contact, token, program)
SELECT workspace, contact, id, program
FROM token;

DROP INDEX token_contact;
DROP INDEX message_contact;
