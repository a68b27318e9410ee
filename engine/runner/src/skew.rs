//! The difference between this node's clock and the database's, which all nodes share.

use chrono::TimeDelta;
use program::Time;
use store::{Result, Store};

use crate::Clock;

/// A difference of clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// How far this node is ahead of the database; negative where it is behind.
    pub ahead: TimeDelta,
    /// How much of that may be the way of the question.
    pub within: TimeDelta,
}

/// Asks the database for its time and compares; none on SQLite, where there is one clock.
pub async fn clock_skew(store: &Store, clock: &Clock) -> Result<Option<Skew>> {
    let before = clock.now();
    let there = store.database_time().await?;
    Ok(there.map(|there| Skew::between(before, there, clock.now())))
}

impl Skew {
    /// More than this is told.
    pub const TOLERATED: TimeDelta = TimeDelta::seconds(1);

    /// What this node's clock said before and after it asked, and what the database answered.
    pub fn between(before: Time, there: Time, after: Time) -> Self {
        // The answer was given somewhere on the way, best guessed in the middle.
        let within = (after - before) / 2;
        Self { ahead: before + within - there, within }
    }

    /// Whether the clocks differ by more than can be tolerated, whatever the question took.
    pub fn matters(self) -> bool {
        self.ahead.abs() - self.within.abs() > Self::TOLERATED
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.ahead.as_seconds_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_the_question_is_no_skew() {
        let at = |millis| Time::UNIX_EPOCH + TimeDelta::milliseconds(millis);
        for (before, there, after, ahead, matters) in [
            (0, 0, 0, 0, false),
            (0, 50, 100, 0, false),
            (10_000, 0, 10_000, 10_000, true),
            (0, 10_000, 0, -10_000, true),
            (1_500, 0, 1_500, 1_500, true),
            (900, 0, 900, 900, false),
            // It may have been asked 3 s ago.
            (0, 0, 3_000, 1_500, false),
        ] {
            let skew = Skew::between(at(before), at(there), at(after));
            assert_eq!((skew.ahead.num_milliseconds(), skew.matters()), (ahead, matters), "{before} {there} {after}");
        }
    }
}
