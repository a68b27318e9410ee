//! Events: in, and out with what they started.

pub mod attachment;
pub mod create;
pub mod get;
pub mod incoming;
pub mod items;
pub mod list;
pub mod sniff;
pub mod types;
