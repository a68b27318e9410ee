//! Bounds: of a message's life, some of which statements check, too, of a call's, and of a transaction's tries.

use std::time::Duration;

use program::{Reason, StreamClass, Time};

/// A mail is handed over, DATA begun, so many times in its life.
pub(crate) const MOST_HAND_OVERS: u64 = 40;
/// The outcome of its hand-overs may be unknown so many times.
pub(crate) const MOST_UNKNOWNS: u64 = 3;
/// A call is tried so many times until an operator says so again: a server that has refused it for a day will tomorrow.
pub(crate) const MOST_CALLS: u64 = 20;
/// The most tries of one transaction that the database ends for the sake of others. Whoever loses five times in a row meets
/// more than chance, and the caller waits.
pub(crate) const TRIES: u32 = 5;

/// How long mail is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Operational mail. Default: 48 h.
    pub operational: Duration,
    /// Marketing mail. Default: 24 h.
    pub marketing: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        Self { operational: hours(48), marketing: hours(24) }
    }
}

impl Bounds {
    /// How long mail of a class is tried.
    pub fn of(&self, class: StreamClass) -> Duration {
        match class {
            StreamClass::Operational => self.operational,
            StreamClass::Marketing => self.marketing,
        }
    }

    /// Why a mail of a class that is tried since then is tried no more, where that is so.
    pub(crate) fn over(&self, class: StreamClass, since: Time, then: Time, last: Reason) -> Option<Reason> {
        (then > since + self.of(class)).then(|| self.expired(class, last))
    }

    /// What is said of mail that was tried for as long as its class is.
    pub(crate) fn expired(&self, class: StreamClass, last: Reason) -> Reason {
        Reason::Expired { hours: self.of(class).as_secs() / 3_600, last: last.into() }
    }
}
