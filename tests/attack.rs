//! Strangers against a real server process: each module is one kind of them. Everything stays on this machine, and is
//! bounded in number and time.

#[allow(dead_code, reason = "other tests need the rest of it")]
#[path = "../engine/runner/tests/hostile/relay.rs"]
mod acting;
mod bodies;
mod files;
mod hostile;
mod http;
mod letters;
pub(crate) mod peer;
mod reads;
mod relay;
pub(crate) mod smtp;
