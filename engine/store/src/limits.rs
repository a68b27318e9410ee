//! Bounds of a message's life (statements check some of them, too), of a call's life, and of a transaction's tries.

use std::time::Duration;

use program::{Reason, StreamClass, Time};

/// The most hand-overs of a mail in its life. A hand-over counts when DATA begins.
pub(crate) const MOST_HAND_OVERS: u64 = 40;
/// The most hand-overs of a mail with an unknown outcome.
pub(crate) const MOST_UNKNOWNS: u64 = 3;
/// The most tries of a call until an operator replays it: a server that has refused it for a day will refuse it
/// tomorrow.
pub(crate) const MOST_CALLS: u64 = 20;
/// The most tries of one transaction that the database ends because of others. Five times in a row is more than chance,
/// so then the caller waits.
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

    /// Why a mail of this class is not tried any more at `then`, if it is tried since `since`.
    pub(crate) fn over(&self, class: StreamClass, since: Time, then: Time, last: Reason) -> Option<Reason> {
        (then > since + self.of(class)).then(|| self.expired(class, last))
    }

    /// The reason of mail that was tried for too long.
    pub(crate) fn expired(&self, class: StreamClass, last: Reason) -> Reason {
        Reason::Expired { hours: self.of(class).as_secs() / 3_600, last: last.into() }
    }
}
