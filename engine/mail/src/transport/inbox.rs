//! The built-in inbox has no connection: the runner stores its mails.
