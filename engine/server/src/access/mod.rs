//! Who may do what: API keys, passwords, sessions, and the one-time link of the first start.

pub mod key;
pub mod password;
pub mod secret;
pub mod setup;
