-- When an operator last granted hand-overs: with what is left of them a message may be tried as long again. None: never, or
-- before this was kept.
ALTER TABLE message ADD COLUMN granted_at INTEGER;
