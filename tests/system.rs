//! The system as a whole, in one binary. One module is one question; see each for what it asks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no more than that it failed, and where")]

#[path = "../engine/mail/tests/acts/mod.rs"]
mod acts;
mod address;
mod attack;
mod awaiting;
mod backup;
mod bench;
#[cfg(feature = "browser")]
mod browser;
mod cell;
mod chaos;
mod clocks;
mod commands;
mod conditions;
mod crash;
mod doctor;
mod fail_points;
mod faults;
mod files;
mod fuzz;
mod holding;
mod interference;
mod journeys;
mod lease;
mod load;
mod memory;
mod metrics;
mod new_kind;
mod pooler;
mod process;
mod programs;
mod pruning;
mod random;
mod reference;
mod replica;
mod restart;
mod same;
mod sealed;
mod several;
mod siege;
mod stopping;
mod tidy;
mod unheard;
mod upgrade;
mod world;
