-- Programs that are paused or stopped: what falls due in them is set aside.
ALTER TABLE program ADD COLUMN holds TEXT;    -- the state that tokens get which fall due: held | ejected; none: they go on
ALTER TABLE program ADD COLUMN catch_up TEXT; -- how what was held comes back, and how far that is; none: nothing comes back

-- So far a pause let nobody in and let those inside go on. That is called finishing now, and stays as it was.
UPDATE program SET state = 'finishing' WHERE state = 'paused';

-- Few, and asked for with every batch.
CREATE INDEX program_holds ON program (workspace, id) WHERE holds IS NOT NULL;
CREATE INDEX program_catch_up ON program (workspace, id) WHERE catch_up IS NOT NULL;

-- What comes back, in the order in which it was due. Without the workspace, which would make them look like a way to a
-- single row.
CREATE INDEX token_held ON token (program, state, due_at, id) WHERE state IN ('held', 'ejected');
CREATE INDEX message_held ON message (program, due_at, id) WHERE state = 'held';

-- From when on a message that was held is tried: its age counts from there.
ALTER TABLE message ADD COLUMN resumed_at INTEGER;
