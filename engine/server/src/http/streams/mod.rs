//! Mail streams.

pub mod create;
pub mod get;
pub mod list;
pub mod preview;
pub mod preview_html;
