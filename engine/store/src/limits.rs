//! Bounds of a message's life that statements also check, and of a call's.

/// A mail is handed over, DATA begun, so many times in its life.
pub(crate) const MOST_HAND_OVERS: u64 = 40;
/// The outcome of its hand-overs may be unknown so many times.
pub(crate) const MOST_UNKNOWNS: u64 = 3;
/// A call is tried so many times until an operator says so again: a server that has refused it for a day will tomorrow.
pub(crate) const MOST_CALLS: u64 = 20;
