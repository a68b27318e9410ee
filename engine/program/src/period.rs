//! Lengths of time as people write them: `2d`, `36h`, `1d 12h`.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;

use crate::file::as_text;

/// A length of time in whole milliseconds, never negative, at most ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u64);

/// Unit, its length in milliseconds; longest first, which is how a period is written.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
/// What the units are called, one of each.
const NAMES: [&str; 6] = ["week", "day", "hour", "minute", "second", "millisecond"];

/// Why a text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time: write a number and a unit, such as 30m, 36h, 2d or 1w (at most 3650d)")]
pub struct PeriodError(String);

impl Period {
    /// The longest one, so that a due time always stays in the calendar.
    pub const MAX: Self = Self(3_650 * 86_400_000);

    /// From milliseconds, if not longer than [`Period::MAX`].
    pub fn from_millis(millis: u64) -> Option<Self> {
        (millis <= Self::MAX.0).then_some(Self(millis))
    }

    pub(crate) const fn hours(n: u64) -> Self {
        Self(n * 3_600_000)
    }

    /// In milliseconds.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// In chrono's terms.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::milliseconds(self.0.cast_signed())
    }

    /// In words for a card: `2 days`, `36 hours`, `1 week`.
    pub fn words(self) -> String {
        let (at, n) = UNITS
            .iter()
            .enumerate()
            .find_map(|(at, (_, length))| (self.0 > 0 && self.0.is_multiple_of(*length)).then(|| (at, self.0 / length)))
            .unwrap_or((4, 0));
        format!("{n} {}{}", NAMES[at], if n == 1 { "" } else { "s" })
    }

    /// What is said so in words, as [`Period::words`] says it.
    pub fn from_words(words: &str) -> Option<Self> {
        let (n, name) = words.split_once(' ')?;
        let at = NAMES.iter().position(|known| name.strip_suffix('s').unwrap_or(name) == *known)?;
        let period = n.parse::<u64>().ok()?.checked_mul(UNITS[at].1).and_then(Self::from_millis);
        period.filter(|period| period.words() == words)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PeriodError(text.chars().take(40).collect());
        let mut total: u64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(error());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let length = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?.1;
            let number: u64 = number.parse().map_err(|_| error())?;
            total = number.checked_mul(length).and_then(|n| total.checked_add(n)).ok_or_else(error)?;
            rest = tail.trim_start();
        }
        Self::from_millis(total).ok_or_else(error)
    }
}

impl fmt::Display for Period {
    /// In the largest unit that divides it, so that `36h` stays `36h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, length)| self.0 > 0 && self.0.is_multiple_of(*length)) {
            Some((unit, length)) => write!(f, "{}{unit}", self.0 / length),
            None => f.write_str("0s"),
        }
    }
}

as_text!(Period);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_alike() {
        for (text, millis, again) in [
            ("2d", 172_800_000, "2d"),
            ("36h", 129_600_000, "36h"),
            ("1d 12h", 129_600_000, "36h"),
            ("1w", 604_800_000, "1w"),
            ("90s", 90_000, "90s"),
            ("250ms", 250, "250ms"),
            ("0s", 0, "0s"),
            ("8760h", 31_536_000_000, "365d"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.millis(), period.to_string().as_str()), (millis, again), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["", "2", "d", "2 fortnights", "-2d", "2.5d", "3651d", "99999999999999999999d"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn words() {
        let words = |text: &str| text.parse::<Period>().unwrap().words();
        assert_eq!((words("2d"), words("1h"), words("36h")), ("2 days".into(), "1 hour".into(), "36 hours".into()));
        for text in ["1w", "2d", "1h", "30m", "90s", "1ms", "0s"] {
            assert_eq!(Period::from_words(&words(text)).map(|period| period.to_string()).as_deref(), Some(text));
        }
        for text in ["", "2", "days", "2 fortnights", "24 hours", "1 days", "02 days", "9999 days"] {
            assert_eq!(Period::from_words(text), None, "{text}");
        }
    }
}
