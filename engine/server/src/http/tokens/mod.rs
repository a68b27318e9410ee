//! Tokens and their trace.

pub mod get;
pub mod list;
