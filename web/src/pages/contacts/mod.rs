//! /contacts.

pub mod list;
pub mod show;
mod test_contact;
