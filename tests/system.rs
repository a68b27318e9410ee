//! The system as a whole, in one binary. One module is one question; see each for what it asks.

mod files;
// mod programs;
mod random;
mod tidy;
