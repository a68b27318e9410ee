-- When what is known of a contact was said, in milliseconds since 1970: JSON, by attribute, opt_in among them; under ""
-- of all that it does not name. The newest word counts, in whatever order it comes. Without: when the contact changed last.
ALTER TABLE contact ADD COLUMN said_at TEXT;

-- When an event happened as its sender says, where that is later than it came in: it counts from when it came in.
ALTER TABLE event ADD COLUMN said_at BIGINT;
