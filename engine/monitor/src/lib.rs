//! Rollups of what happened: the older they are, the coarser.
//!
//! Pure: the time is an argument. The store keeps rollups by these rules. Alert rules read them and come into this crate.
//!
//! - [`minute`]: the smallest unit of counts.
//! - [`span`]: the span that an old minute is folded into.
//! - [`covered`]: the minutes that a period covers.

mod rollup;

pub use rollup::{DAY, HOUR, HOURS, QUARTER, QUARTERS, Span, covered, minute, span};
