//! Time zones: the IANA time-zone database, from 2000 on, as `scripts/zones` writes it.
//!
//! It is a table of our own, because governments change their clocks more often than crates are released, and because
//! it is half the size for the browser to load.

use std::{collections::HashMap, sync::LazyLock};

use chrono::{Datelike, Days, NaiveDate};

/// What clocks of one zone show.
#[derive(Clone, Debug, PartialEq)]
struct Clocks {
    /// How far ahead of UTC they are before the first change, in seconds.
    start: i64,
    /// Since when how far, in seconds since 1970; in order.
    changes: Vec<(i64, i64)>,
    /// How it goes on after the changes, if it goes on to change.
    rule: Option<Rule>,
}

/// Standard and summer time, year by year.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rule {
    standard: i64,
    summer: i64,
    begin: Change,
    end: Change,
}

/// A weekday of a month, 5 being the last one, and how long after its midnight, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    month: u32,
    week: u32,
    /// From Sunday on.
    weekday: u32,
    seconds: i64,
}

struct Table {
    /// By name, in their order; the place of the clocks.
    names: Vec<(&'static str, usize)>,
    clocks: Vec<Clocks>,
}

const TEXT: &str = include_str!("zones.txt");
const DAY: i64 = 86_400;

/// A line that cannot be read is left out; a test reads them all.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let (mut clocks, mut names, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        let (name, place) = match line.split_once('=') {
            Some((name, same)) => (name, places.get(same).copied()),
            None => match line.split_once(';') {
                Some((name, text)) => (
                    name,
                    Clocks::read(text).map(|read| {
                        clocks.push(read);
                        clocks.len() - 1
                    }),
                ),
                None => (line, None),
            },
        };
        names.extend(place.map(|place| (name, place)));
        places.extend(place.map(|place| (name, place)));
    }
    names.sort_unstable();
    Table { names, clocks }
});

/// All names, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.names.iter().map(|(name, _)| *name)
}

/// The name as the table has it, if it is one.
pub(super) fn find(name: &str) -> Option<&'static str> {
    TABLE.names.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|at| TABLE.names[at].0)
}

/// How far ahead of UTC the clocks are at a time; all in seconds. Nothing for a name that is none.
pub(super) fn offset(name: &str, time: i64) -> i64 {
    let found = TABLE.names.binary_search_by(|(known, _)| (*known).cmp(name));
    found.ok().map_or(0, |at| TABLE.clocks[TABLE.names[at].1].offset(time))
}

impl Clocks {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let start = parts.next()?.parse().ok()?;
        let change = |text: &str| {
            let (minute, offset) = text.split_once(':')?;
            Some((minute.parse::<i64>().ok()? * 60, offset.parse().ok()?))
        };
        let changes = parts.next()?.split(',').filter(|text| !text.is_empty()).map(change).collect::<Option<_>>()?;
        let rule = match parts.next()? {
            "" => None,
            text => Some(Rule::read(text)?),
        };
        Some(Self { start, changes, rule })
    }

    fn offset(&self, time: i64) -> i64 {
        let past = self.changes.partition_point(|(at, _)| *at <= time);
        match self.rule {
            Some(rule) if past == self.changes.len() => rule.offset(time),
            _ => past.checked_sub(1).map_or(self.start, |last| self.changes[last].1),
        }
    }
}

impl Rule {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut number = || parts.next()?.parse().ok();
        let (standard, summer) = (number()?, number()?);
        Some(Self { standard, summer, begin: Change::read(parts.next()?)?, end: Change::read(parts.next()?)? })
    }

    /// Nowhere do clocks change at the turn of a year.
    fn offset(&self, time: i64) -> i64 {
        let Some(now) = chrono::DateTime::from_timestamp(time + self.standard, 0) else { return self.standard };
        let both = self.begin.of(now.year()).zip(self.end.of(now.year()));
        let Some((begin, end)) = both.map(|(begin, end)| (begin - self.standard, end - self.summer)) else {
            return self.standard;
        };
        let summer = if begin < end { (begin..end).contains(&time) } else { !(end..begin).contains(&time) };
        if summer { self.summer } else { self.standard }
    }
}

impl Change {
    fn read(text: &str) -> Option<Self> {
        let (day, seconds) = text.split_once('/')?;
        let mut parts = day.split('.').map(|part| part.parse().ok());
        let mut part = || parts.next()?;
        Some(Self { month: part()?, week: part()?, weekday: part()?, seconds: seconds.parse().ok()? })
    }

    /// When it is in a year, by the clocks' own time before the change.
    fn of(self, year: i32) -> Option<i64> {
        let first = NaiveDate::from_ymd_opt(year, self.month, 1)?;
        let ahead = (self.weekday + 7 - first.weekday().num_days_from_sunday()) % 7;
        let day = first.checked_add_days(Days::new(u64::from(ahead + 7 * (self.week - 1))))?;
        // The fifth is the last one.
        let day = if day.month() == self.month { day } else { day.checked_sub_days(Days::new(7))? };
        Some(day.signed_duration_since(NaiveDate::default()).num_days() * DAY + self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str, time: &str) -> i64 {
        offset(name, time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp()) / 60
    }

    #[test]
    fn every_line_is_read() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((names().count(), names().count() > 590), (lines, true));
        assert!(names().is_sorted() && find("UTC").is_some() && find("Europe/Atlantis").is_none());
    }

    /// Each change: what clocks show in the second before, and from then on, in minutes.
    #[test]
    fn changes_of_2026_to_the_second() {
        for (zone, time, before, after) in [
            // Manitoba stays on summer time since March 2026.
            ("America/Winnipeg", "2005-04-03T08:00:00Z", -360, -300),
            ("America/Winnipeg", "2007-03-11T08:00:00Z", -360, -300),
            ("America/Winnipeg", "2025-11-02T07:00:00Z", -300, -360),
            ("America/Winnipeg", "2026-03-08T08:00:00Z", -360, -300),
            ("America/Winnipeg", "2026-11-01T07:00:00Z", -300, -300),
            ("America/Winnipeg", "2060-01-15T12:00:00Z", -300, -300),
            // Cuba has no winter time in 2026, and has it again from November 2027 on.
            ("America/Havana", "2012-04-01T05:00:00Z", -300, -240),
            ("America/Havana", "2025-11-02T05:00:00Z", -240, -300),
            ("America/Havana", "2026-03-08T05:00:00Z", -300, -240),
            ("America/Havana", "2026-11-01T05:00:00Z", -240, -240),
            ("America/Havana", "2027-03-14T05:00:00Z", -240, -240),
            ("America/Havana", "2027-11-07T05:00:00Z", -240, -300),
            ("America/Havana", "2028-03-12T05:00:00Z", -300, -240),
            ("America/Havana", "2040-11-04T05:00:00Z", -240, -300),
            // Moldova changed at midnight UTC until 2021, and does so with the European Union since.
            ("Europe/Chisinau", "2021-03-28T00:00:00Z", 120, 180),
            ("Europe/Chisinau", "2021-10-31T00:00:00Z", 180, 120),
            ("Europe/Chisinau", "2022-03-27T00:00:00Z", 120, 120),
            ("Europe/Chisinau", "2022-03-27T01:00:00Z", 120, 180),
            ("Europe/Chisinau", "2026-10-25T01:00:00Z", 180, 120),
            ("Europe/Chisinau", "2050-03-27T01:00:00Z", 120, 180),
            ("Europe/Chisinau", "2050-10-30T01:00:00Z", 180, 120),
        ] {
            let time = time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
            assert_eq!((offset(zone, time - 1) / 60, offset(zone, time) / 60), (before, after), "{zone} {time}");
        }
    }

    #[test]
    fn names_of_one_place_have_its_clocks() {
        for (name, same) in [
            ("America/Rainy_River", "America/Winnipeg"),
            ("Canada/Central", "America/Winnipeg"),
            ("Cuba", "America/Havana"),
            ("Europe/Tiraspol", "Europe/Chisinau"),
        ] {
            assert_eq!((find(name), find(same)), (Some(name), Some(same)));
            // Every day at noon, and so every change, for forty years.
            for day in 11_000..25_600 {
                let time = day * DAY + DAY / 2;
                assert_eq!(offset(name, time), offset(same, time), "{name} {time}");
            }
        }
    }

    #[test]
    fn rules_of_2026() {
        for (zone, time, minutes) in [
            // British Columbia, Alberta and others stay on summer time.
            ("America/Vancouver", "2026-12-15T12:00:00Z", -420),
            ("America/Edmonton", "2026-12-15T12:00:00Z", -360),
            ("America/Yellowknife", "2026-12-15T12:00:00Z", -360),
            ("America/Inuvik", "2026-12-15T12:00:00Z", -360),
            // Morocco is on standard time for good.
            ("Africa/Casablanca", "2026-12-15T12:00:00Z", 0),
            ("Africa/El_Aaiun", "2026-12-15T12:00:00Z", 0),
            // What did not change.
            ("Europe/Berlin", "2026-12-15T12:00:00Z", 60),
            ("Europe/Berlin", "2026-07-15T12:00:00Z", 120),
            ("Europe/Berlin", "2100-07-15T12:00:00Z", 120),
            ("Europe/Dublin", "2026-12-15T12:00:00Z", 0),
            ("Europe/Dublin", "2026-07-15T12:00:00Z", 60),
            ("America/New_York", "2005-04-01T12:00:00Z", -300),
            ("America/New_York", "2005-04-10T12:00:00Z", -240),
            ("America/Santiago", "2030-01-15T12:00:00Z", -180),
            ("Australia/Lord_Howe", "2026-01-15T12:00:00Z", 660),
            ("Asia/Kolkata", "1999-01-15T12:00:00Z", 330),
            ("Pacific/Apia", "2011-12-29T12:00:00Z", -600),
            ("Pacific/Apia", "2011-12-31T12:00:00Z", 840),
            ("America/Nuuk", "2026-03-29T00:59:59Z", -120),
            ("America/Nuuk", "2026-03-29T01:00:00Z", -60),
        ] {
            assert_eq!(at(zone, time), minutes, "{zone} {time}");
        }
    }
}
