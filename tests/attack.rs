//! Strangers against a real server process: each module is one kind of them. Everything stays on this machine, and is
//! bounded in number and time.

mod bodies;
mod files;
mod http;
mod letters;
pub(crate) mod peer;
mod relay;
pub(crate) mod smtp;
