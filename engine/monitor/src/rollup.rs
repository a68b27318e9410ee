//! Spans of rollups. The older they are, the longer they are.
//!
//! A reader who asks for an hour of last month gets the whole day: no finer rollup is kept for it.

use std::ops::Range;

use program::Time;

/// A quarter of an hour, in minutes.
pub const QUARTER: i64 = 15;
/// An hour, in minutes.
pub const HOUR: i64 = 60;
/// A day, in minutes.
pub const DAY: i64 = 1_440;
/// Until which age there are quarters of an hour, in minutes.
pub const QUARTERS: i64 = 2 * DAY;
/// Until which age there are hours, in minutes.
pub const HOURS: i64 = 8 * DAY;

/// Minutes that are counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first minute, since 1970.
    pub first: i64,
    /// Its length, in minutes.
    pub length: i64,
}

/// The minute of a time, since 1970.
pub fn minute(time: Time) -> i64 {
    time.timestamp().div_euclid(60)
}

/// The span that a minute is folded into. Its length depends on the minute's age.
pub fn span(minute: i64, now: Time) -> Span {
    let length = match self::minute(now) - minute {
        age if age <= QUARTERS => QUARTER,
        age if age <= HOURS => HOUR,
        _ => DAY,
    };
    Span { first: minute - minute.rem_euclid(length), length }
}

/// The minutes covered by `time`. Its start is rounded down to the finest span that is kept at that age.
pub fn covered(time: &Range<Time>, now: Time) -> Range<i64> {
    let start = span(minute(time.start), now).first;
    let end = time.end.timestamp_millis();
    start..end.div_euclid(60_000) + i64::from(end % 60_000 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_begins_with_a_whole_span() {
        let now = at("2026-03-20T12:34:56Z");
        for (from, first) in [
            ("2026-03-20T11:34:56Z", "2026-03-20T11:30:00Z"),
            ("2026-03-18T12:34:56Z", "2026-03-18T12:30:00Z"),
            ("2026-03-17T12:34:56Z", "2026-03-17T12:00:00Z"),
            ("2026-02-20T12:34:56Z", "2026-02-20T00:00:00Z"),
        ] {
            let minutes = covered(&(at(from)..now), now);
            assert_eq!(minutes, minute(at(first))..minute(now) + 1, "{from}");
        }
    }

    #[test]
    fn spans_of_one_age_lie_in_those_of_the_next() {
        let then = minute(at("2026-03-20T12:34:56Z"));
        let after = |minutes: i64| at("2026-03-20T12:34:56Z") + chrono::TimeDelta::minutes(minutes);
        let mut before = span(then, after(0));
        for age in [QUARTERS, QUARTERS + 1, HOURS, HOURS + 1, 365 * DAY] {
            let now = span(then, after(age));
            let end = |span: Span| span.first + span.length;
            assert!(now.first <= before.first && end(now) >= end(before), "{before:?} in {now:?}");
            before = now;
        }
        assert_eq!(before.length, DAY);
    }
}
