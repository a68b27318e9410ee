//! Hand-over to a real server: Postfix's `smtp-sink`.
