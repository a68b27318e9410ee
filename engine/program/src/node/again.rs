//! Whether a contact may enter a program again.

use std::{fmt, str::FromStr};

use crate::{Period, Reason, Time, file::as_text};

/// Written `always`, `never` or a length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    /// Every event lets the contact in.
    #[default]
    Always,
    /// Once per contact and program, as far back as the installation keeps runs.
    Never,
    /// Not within this time after the last entry.
    After(Period),
}

impl Again {
    /// Why a contact who last entered then is not let in now, if so.
    pub(super) fn refuses(self, entered: Time, now: Time) -> Option<Reason> {
        let day = entered.date_naive();
        match self {
            Self::Never => Some(Reason::NeverAgain { day }),
            Self::After(within) if now < entered + within.delta() => Some(Reason::NotAgain { day, within }),
            Self::After(_) | Self::Always => None,
        }
    }
}

impl FromStr for Again {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            period => period.parse().map(Self::After).map_err(|_| {
                let given: String = text.chars().take(40).collect();
                format!(
                    "\"{given}\" is not known: write always, never, or a length of time such as 30d (at most 3650d)"
                )
            }),
        }
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::After(period) => period.fmt(f),
        }
    }
}

as_text!(Again);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["always", "never", "30d"] {
            assert_eq!(text.parse::<Again>().map(|again| again.to_string()), Ok(text.into()));
        }
        assert!("sometimes".parse::<Again>().unwrap_err().contains("never"));
    }
}
