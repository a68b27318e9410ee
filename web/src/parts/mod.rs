//! What pages are made of.

// First: its macro is used by all that follows.
#[macro_use]
pub mod say;

pub mod chip;
pub mod copy;
pub mod dialog;
pub mod filter;
pub mod focus;
pub mod head;
pub mod icon;
pub mod json;
pub mod list;
pub mod load;
pub mod notice;
pub mod status;
pub mod table;
pub mod time;
pub mod toast;
