//! Rollups of what happened, and how fine they are at which age.
//!
//! Pure: the time is an argument. The store keeps rollups by these rules. Alert rules read them and come into this crate.
//!
//! - [`minute`]: the unit that everything is counted by.
//! - [`span`]: what a minute is folded into once it is old.
//! - [`covered`]: the minutes that a time asks for.

mod rollup;

pub use rollup::{DAY, HOUR, HOURS, QUARTER, QUARTERS, Span, covered, minute, span};
