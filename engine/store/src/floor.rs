//! Where a claim starts to scan a bucket of the due index.
//!
//! PostgreSQL keeps dead entries in the index until a vacuum, and longer while a snapshot is held. A scan from the
//! start reads all of them. So a claim starts a little before the earliest due time that the last claim found, and
//! closer to it while claims come back full. From time to time a claim scans from the start. It finds rows that fell
//! due before the others: an old wait of a new version, or the write of a node whose clock is late. With 800,000 dead
//! rows a node moved 40,000 tokens a second this way, and 24,000 with scans from the start.

use std::{ops::Range, time::Duration};

use program::Time;

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

/// Where the next look at one bucket begins. One for all claims of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Floor {
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

/// One look at a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Not what was due before this.
    pub(crate) from: i64,
    reach: Reach,
}

/// How a look ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// What it found first, due or not, nothing at all where it failed.
    pub(crate) found: Option<Option<i64>>,
    /// It found as much as it wanted.
    pub(crate) full: bool,
    /// How long it took, times how often such a look is taken until all buckets have had theirs.
    pub(crate) took: Duration,
}

impl Floor {
    /// Something may be due behind all that was found so far: the next look is from the start.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn look(&mut self, now: Time) -> Look {
        let now = now.timestamp_millis();
        let reach = match () {
            () if !self.not_whole.contains(&now) => Reach::Whole,
            () if !self.not_far.contains(&now) => Reach::Far,
            () => Reach::Near,
        };
        if reach == Reach::Whole {
            self.not_whole = pause(now, SELDOM);
        }
        let from = match (reach, self.first) {
            (Reach::Whole, _) | (_, None) => i64::MIN,
            (Reach::Far, Some(first)) => first - FAR,
            (Reach::Near, Some(first)) => first - NEAR,
        };
        Look { from, reach }
    }

    /// The look was not taken after all: the claim was full before it came to this bucket.
    pub(crate) fn not_taken(&mut self, look: Look) {
        if look.reach == Reach::Whole {
            self.not_whole = Range::default();
        }
    }

    pub(crate) fn ended(&mut self, look: Look, now: Time, ended: Ended) {
        let now = now.timestamp_millis();
        if let Some(first) = ended.found {
            self.first = Some(first.map_or(now, |first| first.min(now)));
        }
        // One that took too long for the database is not tried again soon, one that did not reach it is.
        if look.reach == Reach::Whole {
            self.not_whole = pause(now, rest(ended.took, OFTEN));
        }
        match look.reach {
            _ if !ended.full => self.not_far = Range::default(),
            Reach::Near => {}
            // From the start is far enough.
            Reach::Far | Reach::Whole => self.not_far = pause(now, rest(ended.took, VERY_OFTEN)),
        }
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

    fn ended(first: Option<u64>, full: bool) -> Ended {
        let found = first.map(|first| at(first).timestamp_millis());
        Ended { found: Some(found), full, took: Duration::ZERO }
    }

    fn look(floor: &mut Floor, now: u64, first: Option<u64>) -> i64 {
        let look = floor.look(at(now));
        floor.ended(look, at(now), ended(first, false));
        look.from
    }

    #[test]
    fn a_look_begins_before_the_last_find() {
        let floor = &mut Floor::default();
        assert_eq!(look(floor, 100, Some(40)), i64::MIN, "the first is from the start");
        assert_eq!(look(floor, 100, Some(90)), 35_000);
        assert_eq!(look(floor, 100, None), 85_000);
        assert_eq!(look(floor, 100, Some(400)), 95_000, "nothing is due");
        assert_eq!(look(floor, 100, Some(400)), 95_000, "what is not due yet says nothing about what comes before");
        assert_eq!(look(floor, 101, None), i64::MIN, "from the start again");
        assert_eq!(look(floor, 60, None), i64::MIN, "the clock was set back");
    }

    #[test]
    fn one_at_a_time_looks_from_the_start() {
        let floor = &mut Floor::default();
        look(floor, 0, Some(0));
        let whole = floor.look(at(10));
        assert_eq!((whole.from, look(floor, 11, Some(0))), (i64::MIN, -5_000));
        floor.ended(whole, at(12), Ended { found: None, ..ended(None, false) });
        assert_eq!(look(floor, 13, None), i64::MIN, "it failed at once");
    }

    #[test]
    fn a_look_from_the_start_that_was_not_taken_is_taken_next() {
        let floor = &mut Floor::default();
        look(floor, 0, Some(0));
        let whole = floor.look(at(10));
        floor.not_taken(whole);
        assert_eq!(look(floor, 10, Some(0)), i64::MIN);
    }

    #[test]
    fn dear_looks_are_rare() {
        assert_eq!(rest(Duration::from_millis(1), OFTEN), 1_000);
        assert_eq!(rest(Duration::from_secs(2), OFTEN), 40_000);
    }

    #[test]
    fn the_dearest_looks_are_put_off_too() {
        let floor = &mut Floor::default();
        let look = floor.look(at(100));
        floor.ended(look, at(100), Ended { took: Duration::from_secs(2), ..ended(Some(100), false) });
        assert_eq!(floor.look(at(101)).from, 95_000, "two seconds from the start once in forty");
        assert_eq!(floor.look(at(139)).from, 95_000);
        assert_eq!(floor.look(at(140)).from, i64::MIN);
    }

    #[test]
    fn looks_are_near_while_they_come_back_full() {
        let (floor, now) = (&mut Floor::default(), at(10));
        let mut look = |full: bool| {
            let look = floor.look(now);
            floor.ended(look, now, ended(Some(9), full));
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
