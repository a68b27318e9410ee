-- Who takes part in what: the way from a contact to its tokens, and by them to its messages. Written once, with the
-- token. An index on token.contact is written again with every step, because PostgreSQL moves the row, at a place of its
-- own for each contact: a fifth of what an advance cost.
CREATE TABLE participation (
    workspace UUID NOT NULL,
    contact UUID NOT NULL,
    token UUID NOT NULL,
    program UUID NOT NULL,
    PRIMARY KEY (workspace, contact, token)
);

INSERT INTO participation (workspace, contact, token, program)
SELECT workspace, contact, id, program
FROM token;

DROP INDEX token_contact;
DROP INDEX message_contact;
