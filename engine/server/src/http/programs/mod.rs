//! Programs, their versions and their live counts.

pub mod check;
pub mod counts;
pub mod create;
pub mod get;
pub mod list;
pub mod pause;
pub mod resume;
pub mod version;
pub mod versions;
