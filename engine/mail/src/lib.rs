//! A stream, a contact and an event become a message; transports hand it over.
