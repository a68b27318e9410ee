//! Contacts and their timeline.

pub mod get;
pub mod list;
pub mod timeline;
