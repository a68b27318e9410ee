-- When a mail stream was put away; missing: it was not.
ALTER TABLE stream ADD COLUMN archived_at INTEGER;
