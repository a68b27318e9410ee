-- What an event says of its contact and was said before what is known: JSON, the names of the attributes, opt_in among them,
-- a bounded list. Without: there is none.
ALTER TABLE event ADD COLUMN passed_over TEXT;
