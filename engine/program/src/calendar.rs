//! Dates and times in the time zone of a place.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday, WeekdaySet};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Time, file::as_text};

mod zones;

/// A time zone of the IANA database (<https://www.iana.org/time-zones>), such as `Europe/Berlin`. UTC by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(&'static str);

/// A date and time without its zone: `2026-12-24T08:00` (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(NaiveDateTime);

/// Days of the week: `[mon, tue, wed]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(WeekdaySet);

/// A part of the day: `09:00-17:00`, or over midnight: `22:00-06:00`. From a time to the same is a whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Minutes after midnight.
    from: u16,
    /// Minutes after midnight, of the next day where it is not after `from`.
    to: u16,
}

/// Why a text says none of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No zone.
    #[error("time zone \"{0}\" is not known; write one such as Europe/Berlin or UTC")]
    Zone(String),
    /// No date and time.
    #[error("\"{0}\" is no date and time: write it as 2026-12-24T08:00")]
    LocalTime(String),
    /// No part of the day.
    #[error("\"{0}\" is no part of the day: write it as 09:00-17:00")]
    Hours(String),
}

/// Monday to Sunday, as files write them.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: u16 = 24 * 60;
/// A week and as much again, since clocks may leave out what a window holds in the first one.
const DAYS_AHEAD: usize = 16;
/// Years after which nobody plans, and before which no program ran.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self("UTC");

    /// The names of all zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        zones::names()
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// When the clocks show this: for the first time where they show it twice, and as long after midnight as they
    /// would have, where they leave it out.
    pub fn instant(self, local: LocalTime) -> Time {
        let LocalTime(local) = local;
        let [before, _] = self.offsets(local);
        self.instants(local).next().unwrap_or_else(|| ahead(local.and_utc(), -before))
    }

    /// When the clocks show this: not at all, once or twice; in order.
    fn instants(self, local: NaiveDateTime) -> impl Iterator<Item = Time> {
        let [before, after] = self.offsets(local);
        let offsets = [Some(before), Some(after).filter(|after| *after != before)];
        let times = offsets.into_iter().flatten().map(move |offset| (ahead(local.and_utc(), -offset), offset));
        times.filter(move |(time, offset)| self.offset(*time) == *offset).map(|(time, _)| time)
    }

    /// How far ahead of UTC the clocks are a day before and after they show this. A change lies between, if they differ.
    fn offsets(self, local: NaiveDateTime) -> [i64; 2] {
        [-1, 1].map(|day| self.offset(local.and_utc() + TimeDelta::days(day)))
    }

    /// How far ahead of UTC the clocks are, in seconds.
    fn offset(self, time: Time) -> i64 {
        zones::offset(self.0, time.timestamp())
    }

    /// When the clocks change between two times between which they do so once, to the second.
    fn change(self, from: Time, to: Time) -> Option<Time> {
        let before = self.offset(from);
        let (mut from, mut to) = (from.timestamp(), to.timestamp());
        if zones::offset(self.0, to) == before {
            return None;
        }
        while from + 1 < to {
            let between = from + (to - from) / 2;
            if zones::offset(self.0, between) == before { from = between } else { to = between }
        }
        Time::from_timestamp(to, 0)
    }

    /// What the clocks show.
    fn local(self, time: Time) -> NaiveDateTime {
        ahead(time, self.offset(time)).naive_utc()
    }
}

fn ahead(time: Time, seconds: i64) -> Time {
    time + TimeDelta::seconds(seconds)
}

impl LocalTime {
    /// The instant at which clocks in UTC show it. Without a zone, so that who only writes it need not know them all.
    pub fn in_utc(self) -> Time {
        self.0.and_utc()
    }

    /// As people write it: `2026-12-24 08:00`.
    pub fn words(self) -> String {
        self.to_string().replace('T', " ")
    }
}

impl Weekdays {
    /// Monday to Friday.
    pub const WORKDAYS: Self =
        Self(WeekdaySet::from_array([Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri]));

    /// The whole week.
    pub const ALL: Self = Self(WeekdaySet::ALL);

    /// The days of these words; `Err` is the word that is none.
    pub(crate) fn from_words<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Result<Self, T> {
        let mut days = WeekdaySet::EMPTY;
        for word in words {
            let at = WEEKDAYS.iter().position(|day| *day == word.as_ref());
            let Some(day) = at.and_then(|at| Weekday::try_from(at as u8).ok()) else { return Err(word) };
            days.insert(day);
        }
        Ok(Self(days))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is all of them.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// Their words, from Monday on.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.0.iter(Weekday::Mon).map(|day| WEEKDAYS[day.num_days_from_monday() as usize])
    }
}

impl Hours {
    /// Nine to five.
    pub const OFFICE: Self = Self { from: 9 * 60, to: 17 * 60 };

    /// Whether the clocks of a place show a time in it, on one of these days. A night belongs to the day on which it
    /// begins.
    pub fn holds(self, days: Weekdays, zone: Zone, now: Time) -> bool {
        let local = zone.local(now);
        let minute = (local.hour() * 60 + local.minute()) as u16;
        let on = |day: Option<NaiveDate>| day.is_some_and(|day| days.0.contains(day.weekday()));
        let today = on(Some(local.date()));
        if self.from < self.to {
            return today && (self.from..self.to).contains(&minute);
        }
        (today && minute >= self.from) || (minute < self.to && on(local.date().pred_opt()))
    }

    /// When the clocks next show a time in it, on one of these days: `now` where they do so already. Where they leave
    /// it out it does not come, and where they show it twice it comes twice. None without a day.
    pub fn next(self, days: Weekdays, zone: Zone, now: Time) -> Option<Time> {
        if self.holds(days, zone, now) {
            return Some(now);
        }
        let begin = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(self.from) * 60, 0)?;
        let today = zone.local(now).date().pred_opt()?;
        let days_to_come = today.iter_days().take(DAYS_AHEAD).filter(|day| days.0.contains(day.weekday()));
        let mut begins = days_to_come.flat_map(|day| zone.instants(day.and_time(begin)));
        let next = begins.find(|time| now < *time)?;
        // Clocks that are put forward or back may get into it without showing its begin.
        let change = zone.change(now, next).filter(|time| now < *time && self.holds(days, zone, *time));
        Some(change.map_or(next, |change| change.min(next)))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for Zone {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        zones::find(text.trim()).map(Self).ok_or_else(|| CalendarError::Zone(short(text)))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LocalTime {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |format| NaiveDateTime::parse_from_str(text.trim(), format).ok();
        let found = parse("%Y-%m-%dT%H:%M").or_else(|| parse("%Y-%m-%dT%H:%M:%S"));
        let found = found.filter(|time| YEARS.contains(&time.year()));
        found.map(Self).ok_or_else(|| CalendarError::LocalTime(short(text)))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.second() == 0;
        self.0.format(if whole { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" }).fmt(f)
    }
}

impl FromStr for Hours {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minutes = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let digits = |text: &str| (text.len() <= 2).then(|| text.parse::<u16>().ok())?;
            let (hours, minutes) = (digits(hours)?, digits(minutes)?);
            (minutes < 60 && hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
        };
        let both = text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        let both = both.filter(|(from, _)| *from < DAY);
        both.map(|(from, to)| Self { from, to }).ok_or_else(|| CalendarError::Hours(short(text)))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Serialize for Weekdays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<'de> Deserialize<'de> for Weekdays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let unknown =
            |word: String| de::Error::custom(format!("\"{word}\" is no day; days are {}", WEEKDAYS.join(", ")));
        Self::from_words(Vec::<String>::deserialize(deserializer)?).map_err(unknown)
    }
}

as_text!(Zone, LocalTime, Hours);

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_written_alike() {
        for text in ["2026-12-24T08:00", "2026-12-24T08:00:30"] {
            assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), text);
        }
        for (text, again) in
            [("9:00-17:30", "09:00-17:30"), ("22:00-06:00", "22:00-06:00"), ("0:00-24:00", "00:00-24:00")]
        {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), again);
        }
        let days: Weekdays = serde_json::from_str(r#"["fri", "mon"]"#).unwrap();
        assert_eq!(serde_json::to_string(&days).unwrap(), r#"["mon","fri"]"#);
        assert_eq!("Europe/Berlin".parse::<Zone>().unwrap().to_string(), "Europe/Berlin");
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for text in ["", "24.12.2026", "2026-12-24", "2026-02-30T08:00", "9999-01-01T00:00"] {
            assert!(text.parse::<LocalTime>().is_err(), "{text}");
        }
        for text in ["", "9", "09:00", "24:00-06:00", "09:00-24:01", "99:00-999:00", "a:b-c:d"] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
        assert!("Europe/Atlantis".parse::<Zone>().is_err());
        assert!(serde_json::from_str::<Weekdays>(r#"["someday"]"#).is_err());
    }

    #[test]
    fn clocks_that_are_put_forward_and_back() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        for (local, expected) in [
            ("2026-07-01T08:00", "2026-07-01T06:00:00Z"),
            ("2026-12-24T08:00", "2026-12-24T07:00:00Z"),
            // There is no half past two: 30 minutes after two is 30 minutes after three.
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(berlin.instant(local.parse().unwrap()), time(expected), "{local}");
        }
        // Samoa left out a whole day when it went over the date line.
        let apia: Zone = "Pacific/Apia".parse().unwrap();
        assert_eq!(apia.instant("2011-12-30T12:00".parse().unwrap()), time("2011-12-30T22:00:00Z"));
    }

    #[test]
    fn the_next_opening() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let (office, night): (Hours, Hours) = (Hours::OFFICE, "22:00-06:00".parse().unwrap());
        let all_day: Hours = "00:00-00:00".parse().unwrap();
        let friday: Weekdays = serde_json::from_str(r#"["fri"]"#).unwrap();
        for (hours, days, now, expected) in [
            // A Wednesday: before, within, after.
            (office, Weekdays::WORKDAYS, "2026-07-01T05:00:00Z", "2026-07-01T07:00:00Z"),
            (office, Weekdays::WORKDAYS, "2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z"),
            (office, Weekdays::WORKDAYS, "2026-07-01T15:00:00Z", "2026-07-02T07:00:00Z"),
            // Friday evening; the night of a Friday; a week later.
            (office, Weekdays::WORKDAYS, "2026-07-03T15:00:00Z", "2026-07-06T07:00:00Z"),
            (night, friday, "2026-07-04T02:00:00Z", "2026-07-04T02:00:00Z"),
            (night, friday, "2026-07-04T04:00:00Z", "2026-07-10T20:00:00Z"),
            (all_day, friday, "2026-07-03T21:59:00Z", "2026-07-03T21:59:00Z"),
            (all_day, friday, "2026-07-03T22:00:00Z", "2026-07-09T22:00:00Z"),
        ] {
            assert_eq!(hours.next(days, berlin, time(now)), Some(time(expected)), "{now}");
        }
        let sunday: Weekdays = serde_json::from_str(r#"["sun"]"#).unwrap();
        let saturday: Weekdays = serde_json::from_str(r#"["sat"]"#).unwrap();
        for (hours, days, now, expected) in [
            // On 2026-03-29 clocks go from two to three: what lies between does not come.
            ("02:30-03:00", sunday, "2026-03-28T12:00:00Z", "2026-04-05T00:30:00Z"),
            ("02:00-02:30", sunday, "2026-03-28T12:00:00Z", "2026-04-05T00:00:00Z"),
            ("02:00-03:00", Weekdays::ALL, "2026-03-29T00:59:59Z", "2026-03-30T00:00:00Z"),
            // It begins in between, or ends there.
            ("02:15-03:30", sunday, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("02:15-03:30", sunday, "2026-03-29T01:29:00Z", "2026-03-29T01:29:00Z"),
            ("01:30-02:30", sunday, "2026-03-28T12:00:00Z", "2026-03-29T00:30:00Z"),
            ("01:30-02:30", sunday, "2026-03-29T01:00:00Z", "2026-04-04T23:30:00Z"),
            ("22:00-02:30", saturday, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"),
            ("22:00-02:30", saturday, "2026-03-29T01:00:00Z", "2026-04-04T20:00:00Z"),
            ("22:00-03:30", saturday, "2026-03-29T01:29:59Z", "2026-03-29T01:29:59Z"),
            // On 2026-10-25 they go from three to two: what lies between comes twice.
            ("02:30-03:00", sunday, "2026-10-25T00:10:00Z", "2026-10-25T00:30:00Z"),
            ("02:30-03:00", sunday, "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"),
            ("02:00-02:30", sunday, "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"),
            ("01:30-02:30", sunday, "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"),
            ("22:00-02:30", saturday, "2026-10-25T01:29:00Z", "2026-10-25T01:29:00Z"),
            ("22:00-02:30", saturday, "2026-10-25T01:30:00Z", "2026-10-31T21:00:00Z"),
        ] {
            let next = hours.parse::<Hours>().unwrap().next(days, berlin, time(now));
            assert_eq!(next, Some(time(expected)), "{hours} after {now}");
        }
        // Samoa left out a Friday.
        let apia: Zone = "Pacific/Apia".parse().unwrap();
        assert_eq!(office.next(friday, apia, time("2011-12-29T12:00:00Z")), Some(time("2012-01-05T19:00:00Z")));
        let never: Weekdays = serde_json::from_str("[]").unwrap();
        assert_eq!(office.next(never, berlin, time("2026-07-01T05:00:00Z")), None);
    }
}
