//! From where on a claim reads the index of what is due.
//!
//! What was due and is gone stays in PostgreSQL's index until a vacuum, and as long as anybody holds a snapshot: who
//! reads from the start walks over all of it. So a claim begins a little before what the last one found, and only now
//! and then at the start, where it finds what fell due behind the others: an old wait of a new version, a late clock.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use program::Time;

use crate::{Result, args::Args, db::Db, sql::Statement};

/// Milliseconds, like all times here. How far before the earliest find the next look begins: clocks of nodes differ, and
/// a commit takes a while.
const MARGIN: i64 = 5_000;
/// How long what fell due behind may stay unseen, while a look from the start costs little.
const OFTEN: i64 = 1_000;
/// Looks from the start take at most one part in this of the time.
const SHARE: u32 = 20;
/// Until the next look from the start while one is not over yet.
const SELDOM: i64 = 30_000;

/// Where the next look at one queue begins. One for all claims of a process.
#[derive(Debug, Default)]
pub(crate) struct Floor(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// None before the first find.
    from: Option<i64>,
    /// When a look begins at the start again.
    whole_at: Option<i64>,
}

/// One look at a queue.
#[derive(Debug)]
pub(crate) struct Look {
    /// Not what was due before this.
    pub(crate) from: i64,
    begun: Instant,
    whole: bool,
}

impl Floor {
    pub(crate) fn look(&self, now: Time) -> Look {
        let (mut state, now) = (self.state(), now.timestamp_millis());
        // A clock that was set back is no reason to look seldom.
        let whole = state.whole_at.is_none_or(|at| now >= at || at - now > SELDOM);
        if whole {
            state.whole_at = Some(now + SELDOM);
        }
        let from = state.from.filter(|_| !whole).unwrap_or(i64::MIN);
        Look { from, begun: Instant::now(), whole }
    }

    /// When the first row of a queue is due, by a statement whose last parameter is where it begins.
    pub(crate) async fn first_due(
        &self,
        db: &Db,
        statement: &'static Statement,
        args: Args,
        now: Time,
    ) -> Result<Option<Time>> {
        let look = self.look(now);
        let rows = db.fetch(statement, args.int(look.from)).await;
        let first = rows.and_then(|rows| rows.first().map(|row| row.read("queue").time("due_at")).transpose());
        self.ended(&look, now, first.as_ref().ok().copied());
        first
    }

    /// How the look ended: what it found first, due or not; nothing at all where it failed.
    pub(crate) fn ended(&self, look: &Look, now: Time, found: Option<Option<Time>>) {
        let (mut state, now) = (self.state(), now.timestamp_millis());
        if let Some(first) = found {
            let first = first.map_or(now, |first| first.timestamp_millis().min(now));
            state.from = Some(first - MARGIN);
        }
        if look.whole {
            // One that took too long for the database is not tried again soon, one that did not reach it is.
            state.whole_at = Some(now + pause(look.begun.elapsed()));
        }
    }

    /// A panic cannot leave anything half-written here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pause(took: Duration) -> i64 {
    i64::try_from((took * SHARE).as_millis()).unwrap_or(SELDOM).max(OFTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn look(floor: &Floor, now: u64, first: Option<u64>) -> i64 {
        let look = floor.look(at(now));
        floor.ended(&look, at(now), Some(first.map(at)));
        look.from
    }

    #[test]
    fn a_look_begins_before_the_last_find() {
        let floor = Floor::default();
        assert_eq!(look(&floor, 100, Some(40)), i64::MIN, "the first is from the start");
        assert_eq!(look(&floor, 100, Some(90)), 35_000);
        assert_eq!(look(&floor, 100, None), 85_000);
        assert_eq!(look(&floor, 100, Some(400)), 95_000, "nothing is due");
        assert_eq!(look(&floor, 100, Some(400)), 95_000, "what is not due yet says nothing about what comes before");
        assert_eq!(look(&floor, 101, None), i64::MIN, "from the start again");
        assert_eq!(look(&floor, 60, None), i64::MIN, "the clock was set back");
    }

    #[test]
    fn one_at_a_time_looks_from_the_start() {
        let floor = Floor::default();
        look(&floor, 0, Some(0));
        let whole = floor.look(at(10));
        assert_eq!((whole.from, look(&floor, 11, Some(0))), (i64::MIN, -5_000));
        floor.ended(&whole, at(12), None);
        assert_eq!(look(&floor, 13, None), i64::MIN, "it failed at once");
    }

    #[test]
    fn dear_looks_are_rare() {
        assert_eq!(pause(Duration::from_millis(1)), 1_000);
        assert_eq!(pause(Duration::from_secs(2)), 40_000);
    }
}
