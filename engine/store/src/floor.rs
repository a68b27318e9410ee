//! Where a claim starts to scan the due index.
//!
//! PostgreSQL keeps dead entries in the index until a vacuum, and longer while a snapshot is held. A scan from the start
//! reads all of them. So a claim starts a little before the earliest due time that the last claim found, and closer to it
//! while claims come back full. Only now and then it scans from the start. That finds what fell due behind the others: an
//! old wait of a new version, or the write of a node whose clock is late.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use program::Time;

use crate::{Result, args::Args, db::Db, sql::Statement};

/// How far before the earliest find the next scan starts. Clocks of nodes differ, and a commit takes a while. In
/// milliseconds, like all times here.
const FAR: i64 = 5_000;
/// The same while claims come back full: a node that is behind need not scan all of that each time.
const NEAR: i64 = 100;
/// Longest time that a token due before the start of the scan may go unnoticed while full scans are cheap.
const OFTEN: i64 = 1_000;
/// The same behind the near margin.
const VERY_OFTEN: i64 = 100;
/// Full scans, and far scans, may use at most 1/SHARE of the time.
const SHARE: u32 = 20;
/// Until the next look from the start while one is not over yet.
const SELDOM: i64 = 30_000;

/// Where the next look at one queue begins. One for all claims of a process.
#[derive(Debug, Default)]
pub(crate) struct Floor(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What the last look found first. None before the first find.
    first: Option<i64>,
    /// While no look is far, because they come back full.
    not_far: Range<i64>,
    /// While no look begins at the start.
    not_whole: Range<i64>,
}

/// How far back a look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Near,
    Far,
    Whole,
}

/// One look at a queue.
#[derive(Debug)]
pub(crate) struct Look {
    /// Not what was due before this.
    pub(crate) from: i64,
    begun: Instant,
    reach: Reach,
}

impl Floor {
    /// Something may be due behind all that was found so far: the next look is from the start.
    pub(crate) fn reset(&self) {
        *self.state() = State::default();
    }

    pub(crate) fn look(&self, now: Time) -> Look {
        let (mut state, now) = (self.state(), now.timestamp_millis());
        let reach = match () {
            () if !state.not_whole.contains(&now) => Reach::Whole,
            () if !state.not_far.contains(&now) => Reach::Far,
            () => Reach::Near,
        };
        if reach == Reach::Whole {
            state.not_whole = pause(now, SELDOM);
        }
        let from = match (reach, state.first) {
            (Reach::Whole, _) | (_, None) => i64::MIN,
            (Reach::Far, Some(first)) => first - FAR,
            (Reach::Near, Some(first)) => first - NEAR,
        };
        Look { from, begun: Instant::now(), reach }
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
        self.ended(&look, now, first.as_ref().ok().copied(), false);
        first
    }

    /// How the look ended: what it found first, due or not, nothing at all where it failed; and whether it found as much
    /// as it wanted.
    pub(crate) fn ended(&self, look: &Look, now: Time, found: Option<Option<Time>>, full: bool) {
        let (mut state, now) = (self.state(), now.timestamp_millis());
        if let Some(first) = found {
            let first = first.map_or(now, |first| first.timestamp_millis().min(now));
            state.first = Some(first);
        }
        // One that took too long for the database is not tried again soon, one that did not reach it is.
        let took = look.begun.elapsed();
        if look.reach == Reach::Whole {
            state.not_whole = pause(now, rest(took, OFTEN));
        }
        match look.reach {
            _ if !full => state.not_far = Range::default(),
            Reach::Near => {}
            // From the start is far enough.
            Reach::Far | Reach::Whole => state.not_far = pause(now, rest(took, VERY_OFTEN)),
        }
    }

    /// A panic cannot leave anything half-written here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From now on for so long. A clock that was set back ends it; claims of one process differ by less than the margin.
fn pause(now: i64, length: i64) -> Range<i64> {
    now - FAR..now + length
}

/// How long after a look that took so long.
fn rest(took: Duration, least: i64) -> i64 {
    i64::try_from((took * SHARE).as_millis()).unwrap_or(SELDOM).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn look(floor: &Floor, now: u64, first: Option<u64>) -> i64 {
        let look = floor.look(at(now));
        floor.ended(&look, at(now), Some(first.map(at)), false);
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
        floor.ended(&whole, at(12), None, false);
        assert_eq!(look(&floor, 13, None), i64::MIN, "it failed at once");
    }

    #[test]
    fn dear_looks_are_rare() {
        assert_eq!(rest(Duration::from_millis(1), OFTEN), 1_000);
        assert_eq!(rest(Duration::from_secs(2), OFTEN), 40_000);
    }

    #[test]
    fn the_dearest_looks_are_put_off_too() {
        let floor = Floor::default();
        let mut look = floor.look(at(100));
        look.begun -= Duration::from_secs(2);
        floor.ended(&look, at(100), Some(Some(at(100))), false);
        assert_eq!(floor.look(at(101)).from, 95_000, "two seconds from the start once in forty");
        assert_eq!(floor.look(at(139)).from, 95_000);
        assert_eq!(floor.look(at(140)).from, i64::MIN);
    }

    #[test]
    fn looks_are_near_while_they_come_back_full() {
        let (floor, now) = (Floor::default(), at(10));
        let look = |full: bool| {
            let look = floor.look(now);
            floor.ended(&look, now, Some(Some(at(9))), full);
            look.from
        };
        assert_eq!(look(true), i64::MIN, "from the start, and full");
        assert_eq!(look(true), 8_900);
        assert_eq!(look(false), 8_900, "nothing more there");
        assert_eq!(look(false), 4_000, "or behind?");
        assert_eq!(look(true), 4_000, "there was");
        assert_eq!(look(true), 8_900);
        let later = floor.look(now + Duration::from_millis(500));
        assert_eq!(later.from, 4_000, "full or not, the margin is not left out for long");
    }
}
