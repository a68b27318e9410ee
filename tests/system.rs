//! The system as a whole, in one binary. One module is one question; see each for what it asks.

#[cfg(feature = "browser")]
mod browser;
mod crash;
mod files;
mod journeys;
mod process;
mod programs;
mod random;
mod same;
mod tidy;
mod world;
