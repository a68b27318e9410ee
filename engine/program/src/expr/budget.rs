//! The bound of an evaluation, and why it ends without an answer.

use std::cell::Cell;

use crate::Reason;

/// The most steps of one run: some milliseconds. A list of a thousand items that is looked through once takes ten
/// thousand.
pub(super) const MAX_STEPS: u64 = 200_000;
/// So many characters or bytes are compared or copied in one step.
const BYTES_PER_STEP: usize = 64;

/// Steps that are left to what is decided with the same facts.
#[derive(Clone, Debug)]
pub struct Budget(Cell<u64>);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It asks for what is not there or makes no sense.
    Error(Box<Reason>),
    /// Its steps are used up.
    Steps,
}

impl Budget {
    /// So many steps.
    pub fn of(steps: u64) -> Self {
        Self(Cell::new(steps))
    }

    /// How many are left.
    pub fn left(&self) -> u64 {
        self.0.get()
    }

    pub(super) fn take(&self, steps: usize) -> Result<(), Stop> {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(Stop::Steps)
    }

    /// Takes the steps for so many bytes, if there are so many left.
    pub(crate) fn spend(&self, bytes: usize) -> bool {
        self.take(1 + bytes / BYTES_PER_STEP).is_ok()
    }

    /// For so many bytes that are compared or copied.
    pub(super) fn take_bytes(&self, bytes: usize) -> Result<(), Stop> {
        self.take(bytes / BYTES_PER_STEP)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(MAX_STEPS)
    }
}

pub(super) fn error<T>(reason: impl Into<Reason>) -> Result<T, Stop> {
    Err(Stop::Error(Box::new(reason.into())))
}

pub(super) fn too_large() -> Stop {
    Stop::Error(Box::new(Reason::from("the number is too large to calculate with")))
}
