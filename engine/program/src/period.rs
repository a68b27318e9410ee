//! Lengths of time as people write them: `2d`, `36h`, `1d 12h`. A length keeps the unit in which it was written.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;

use crate::file::as_text;

/// A length of time in whole milliseconds, never negative, at most ten years.
///
/// `48h` and `2d` are as long, but they are not the same: who wrote hours reads hours. [`Period::plain`] is the same for
/// both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    millis: u64,
    /// Place in [`UNITS`] of the largest unit in which it is written.
    unit: u8,
}

/// Unit, its length in milliseconds; longest first, which is how a period is written.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
/// Place of the unit in which nothing is written.
const SECONDS: usize = 4;
/// What the units are called, one of each.
const NAMES: [&str; 6] = ["week", "day", "hour", "minute", "second", "millisecond"];

/// Why a text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time: write a number and a unit, such as 30m, 36h, 2d or 1w (at most 3650d)")]
pub struct PeriodError(String);

impl Period {
    /// The longest one, so that a due time always stays in the calendar.
    pub const MAX: Self = Self { millis: 3_650 * 86_400_000, unit: 1 };

    /// From milliseconds, if not longer than [`Period::MAX`]; in the largest unit that divides it.
    pub fn from_millis(millis: u64) -> Option<Self> {
        let divides = |(_, length): &(&str, u64)| millis > 0 && millis.is_multiple_of(*length);
        let unit = UNITS.iter().position(divides).unwrap_or(SECONDS);
        Self::written(millis, unit)
    }

    /// So long, written in this unit, such as `h`, and in smaller ones where it does not divide it.
    pub fn in_unit(millis: u64, unit: &str) -> Option<Self> {
        Self::written(millis, UNITS.iter().position(|(name, _)| *name == unit)?)
    }

    fn written(millis: u64, unit: usize) -> Option<Self> {
        (millis <= Self::MAX.millis).then_some(Self { millis, unit: u8::try_from(unit).ok()? })
    }

    pub(crate) const fn hours(n: u64) -> Self {
        Self { millis: n * 3_600_000, unit: 2 }
    }

    /// The same for all that are as long: in the largest unit that divides it.
    pub fn plain(self) -> Self {
        Self::from_millis(self.millis).unwrap_or(self)
    }

    /// The largest unit in which it is written, as files write it, and how long one is in milliseconds.
    pub fn unit(self) -> (&'static str, u64) {
        UNITS.get(usize::from(self.unit)).copied().unwrap_or(UNITS[SECONDS])
    }

    /// In milliseconds.
    pub fn millis(self) -> u64 {
        self.millis
    }

    /// In chrono's terms.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::milliseconds(self.millis.cast_signed())
    }

    /// In words for a card: `2 days`, `36 hours`, `1 week`. In its own unit where that divides it.
    pub fn words(self) -> String {
        let whole = if self.millis.is_multiple_of(self.unit().1) { self } else { self.plain() };
        let n = self.millis / whole.unit().1;
        format!("{n} {}{}", NAMES[usize::from(whole.unit)], if n == 1 { "" } else { "s" })
    }

    /// What is said so in words, as [`Period::words`] says it.
    pub fn from_words(words: &str) -> Option<Self> {
        let (n, name) = words.split_once(' ')?;
        let at = NAMES.iter().position(|known| name.strip_suffix('s').unwrap_or(name) == *known)?;
        let millis = n.parse::<u64>().ok()?.checked_mul(UNITS[at].1);
        millis.and_then(|millis| Self::written(millis, at)).filter(|period| period.words() == words)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PeriodError(text.chars().take(40).collect());
        let (mut total, mut unit): (u64, usize) = (0, UNITS.len());
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(error());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (name, tail) = tail.split_at(letters);
            let at = UNITS.iter().position(|(known, _)| *known == name).ok_or_else(error)?;
            let number: u64 = number.parse().map_err(|_| error())?;
            total = number.checked_mul(UNITS[at].1).and_then(|n| total.checked_add(n)).ok_or_else(error)?;
            unit = unit.min(at);
            rest = tail.trim_start();
        }
        Self::written(total, unit).ok_or_else(error)
    }
}

impl fmt::Display for Period {
    /// In its own unit, so that `36h` stays `36h` and `48h` stays `48h`; what is left over in the smaller ones.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return write!(f, "0{}", self.unit().0);
        }
        let (mut left, mut gap) = (self.millis, "");
        for (unit, length) in &UNITS[usize::from(self.unit)..] {
            if left >= *length {
                write!(f, "{gap}{}{unit}", left / length)?;
                (left, gap) = (left % length, " ");
            }
        }
        Ok(())
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
            ("1d 12h", 129_600_000, "1d 12h"),
            ("48h", 172_800_000, "48h"),
            ("14d", 1_209_600_000, "14d"),
            ("12h 1d 36h", 259_200_000, "3d"),
            ("1w", 604_800_000, "1w"),
            ("90s", 90_000, "90s"),
            ("250ms", 250, "250ms"),
            ("0s", 0, "0s"),
            ("0d", 0, "0d"),
            ("8760h", 31_536_000_000, "8760h"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.millis(), period.to_string().as_str()), (millis, again), "{text}");
            assert_eq!(again.parse(), Ok(period), "{text}");
        }
    }

    #[test]
    fn as_long_is_the_same_once_it_is_plain() {
        let period = |text: &str| text.parse::<Period>().unwrap();
        assert_ne!(period("48h"), period("2d"));
        for text in ["48h", "1d 24h", "2880m"] {
            assert_eq!(period(text).plain(), period("2d"), "{text}");
        }
        assert_eq!(Period::in_unit(129_600_000, "d").unwrap().to_string(), "1d 12h");
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
        for text in ["1w", "2d", "1h", "30m", "90s", "1ms", "0s", "24h", "14d"] {
            assert_eq!(Period::from_words(&words(text)).map(|period| period.to_string()).as_deref(), Some(text));
        }
        for text in ["", "2", "days", "2 fortnights", "1 days", "02 days", "9999 days"] {
            assert_eq!(Period::from_words(text), None, "{text}");
        }
    }
}
