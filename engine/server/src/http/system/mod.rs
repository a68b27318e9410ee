//! What machines ask: alive, ready, metrics, and what the API can do.

pub mod health;
pub mod metrics;
pub mod openapi;
pub mod ready;
