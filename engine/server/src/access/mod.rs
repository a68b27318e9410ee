//! Who may do what: callers and their rights, API keys, passwords, and the one-time link of the first start.

pub mod caller;
pub mod key;
pub mod password;
pub mod rights;
pub mod secret;
pub mod setup;

pub use caller::{Actor, Caller, HOME};
pub use rights::{Right, Rights};
