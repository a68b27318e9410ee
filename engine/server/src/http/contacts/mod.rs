//! Contacts and their timeline.

pub mod get;
pub mod list;
pub mod mark_test;
pub mod timeline;
