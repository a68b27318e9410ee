//! Events: in, and out with what they started.

pub mod create;
pub mod get;
pub mod items;
pub mod list;
pub mod types;
