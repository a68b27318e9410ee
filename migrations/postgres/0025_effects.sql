-- A step may ask for several messages; `n` is the effect's place in its step, as in `call`. Former nodes know no step with
-- more than one, and leave it 0.
ALTER TABLE message ADD COLUMN n BIGINT NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX message_effect ON message (workspace, token, seq, n);
DROP INDEX message_step;
