//! The result of the calls that a token waits for.

use crate::{Period, Reason, Time};

/// How the call stands that a token waits for; of several calls of one step, how they stand together: `Open` while one is
/// open, else `Failed` if one failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server took it.
    Taken {
        /// Its status code.
        status: u16,
    },
    /// It came to nothing.
    Failed {
        /// Why.
        cause: Reason,
    },
    /// It is still to be made, or being made.
    Open {
        /// Until when it is waited for.
        until: Time,
    },
}

impl Answer {
    /// How long a token waits for one: a day, for which a call is tried, and an hour in which the last try ends. Calls end
    /// before it by themselves, so it is for a call that nobody makes.
    pub const PATIENCE: Period = Period::hours(25);
}
