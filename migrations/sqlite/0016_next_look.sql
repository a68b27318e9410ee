-- When a relay that takes nothing is looked at next: for people, as all of this table.
ALTER TABLE relay ADD COLUMN next_at INTEGER;
