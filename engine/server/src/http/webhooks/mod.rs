//! Calls of other people's servers.

pub mod secret;
