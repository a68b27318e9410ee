//! The runner as a whole: over SQLite in a folder of its own, with a clock that is moved by hand, and
//! two nodes over the PostgreSQL at `STAFETTE_TEST_POSTGRES`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod advance;
mod calls;
mod conflicts;
mod crowds;
mod fair;
mod fake_relay;
mod hand_over;
mod holding;
mod ingest;
mod postgres;
mod relay;
mod seen;
mod story;
mod two_nodes;
mod world;
