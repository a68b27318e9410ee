//! The pages, laid out as their URLs are.

pub mod api;
pub mod contacts;
pub mod dead_letters;
pub mod events;
pub mod inbox;
pub mod keys;
pub mod kinds;
pub mod login;
pub mod messages;
pub mod no_texts;
pub mod not_found;
pub mod programs;
pub mod queues;
pub mod setup;
pub mod tokens;
