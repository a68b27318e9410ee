//! How old an event may be that starts a token. Past events are imported to be counted; few of them are still news.

use std::{fmt, str::FromStr};

use crate::{Period, Reason, Time, file::as_text};

/// Written `any` or a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxAge {
    /// Every event of the type starts a token.
    Any,
    /// Only one that came in within this time after it happened.
    Within(Period),
}

/// A day: so long a sender may be away and deliver afterwards.
impl Default for MaxAge {
    fn default() -> Self {
        Self::Within(Period::hours(24))
    }
}

impl MaxAge {
    /// Why an event that happened then and came in now starts nothing, if so.
    pub fn refuses(self, occurred_at: Time, now: Time) -> Option<Reason> {
        match self {
            Self::Within(within) if now - occurred_at > within.delta() => {
                Some(Reason::TooOld { day: occurred_at.date_naive(), within })
            }
            Self::Within(_) | Self::Any => None,
        }
    }
}

impl FromStr for MaxAge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "any" => Ok(Self::Any),
            period => period.parse().map(Self::Within).map_err(|_| {
                let given: String = text.chars().take(40).collect();
                format!("\"{given}\" is not known: write any, or a length of time such as 24h (at most 3650d)")
            }),
        }
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Within(period) => period.fmt(f),
        }
    }
}

as_text!(MaxAge);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["any", "30d"] {
            assert_eq!(text.parse::<MaxAge>().map(|age| age.to_string()), Ok(text.into()));
        }
        assert!("never".parse::<MaxAge>().unwrap_err().contains("any"));
        assert_eq!(MaxAge::default().to_string(), "24h");
    }

    #[test]
    fn the_age_is_that_of_the_arrival() {
        let at = |hours| chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours);
        let refuses = |age: MaxAge, hours| age.refuses(at(0), at(hours)).map(|reason| reason.to_string());
        assert_eq!(refuses(MaxAge::default(), 24), None);
        let why = "happened on 1970-01-01, came in more than 24 hours later";
        assert_eq!(refuses(MaxAge::default(), 25).as_deref(), Some(why));
        assert_eq!(refuses(MaxAge::Any, 250_000), None);
        assert_eq!(refuses("1h".parse().unwrap(), -5), None, "what is said to happen later is not old");
        let far = MaxAge::default().refuses(Time::MIN_UTC, Time::MAX_UTC);
        assert!(far.is_some(), "no time overflows");
    }
}
