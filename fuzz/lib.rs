//! The readers that are given any input: the same as in the bounded runs of `tests/fuzz.rs`.

#[cfg(feature = "doors")]
#[path = "../tests/fuzz/doors.rs"]
pub mod doors;
#[path = "../tests/fuzz/pure.rs"]
pub mod pure;
