//! What cannot go on by itself.

pub mod list;
pub mod replay;
