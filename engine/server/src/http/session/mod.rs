//! Signing in and out, and making the first user.

pub mod cookie;
pub mod create;
pub mod delete;
pub mod get;
pub mod setup;
