-- What is due is kept in 64 buckets by the time in its id, so that claims side by side do not read the same rows. The
-- bucket is an expression: no column, and what the former build writes beside this one is in the index, too. Its statements
-- find what is due in these indexes as well, only slower.
-- The old ones go first: that waits for whoever has rows, who would wait for the lock of a new one otherwise.
DROP INDEX token_due;
CREATE INDEX token_bucket ON token ((get_byte(uuid_send(id), 5) >> 2), due_at) WHERE state = 'ready';

-- The class before the bucket: each look names both.
DROP INDEX message_due;
CREATE INDEX message_bucket ON message (class, (get_byte(uuid_send(id), 5) >> 2), due_at) WHERE state = 'queued';

-- What a node does for all: buckets are shared out among those that do it. The former build does both.
ALTER TABLE node ADD COLUMN advances BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE node ADD COLUMN dispatches BOOLEAN NOT NULL DEFAULT TRUE;
