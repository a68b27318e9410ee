//! Bounds of a message's life that statements also check.

/// A mail is handed over, DATA begun, so many times in its life.
pub(crate) const MOST_HAND_OVERS: u64 = 40;
/// The outcome of its hand-overs may be unknown so many times.
pub(crate) const MOST_UNKNOWNS: u64 = 3;
