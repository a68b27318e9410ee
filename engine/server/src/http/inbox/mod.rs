//! The built-in inbox: mails that were handed over to nobody.

pub mod get;
pub mod html;
pub mod list;
pub mod source;
