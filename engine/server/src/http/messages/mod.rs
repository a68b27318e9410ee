//! Messages, and what to do with those whose outcome is unknown.

pub mod get;
pub mod list;
pub mod resolve;
