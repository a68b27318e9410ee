//! PURE: the time whose counts are shown.

/// A time up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Since counting began.
    #[default]
    Ever,
    /// The last hour.
    Hour,
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
}

impl Span {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Ever, Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its name in storage and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ever => "ever",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|span| span.name() == name).unwrap_or_default()
    }

    /// How long it is, in hours; none where it has no beginning.
    pub fn hours(self) -> Option<i64> {
        match self {
            Self::Ever => None,
            Self::Hour => Some(1),
            Self::Day => Some(24),
            Self::Week => Some(7 * 24),
            Self::Month => Some(30 * 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_found_by_its_name() {
        for span in Span::ALL {
            assert_eq!(Span::by_name(span.name()), span);
        }
        assert_eq!(Span::by_name("fortnight"), Span::Ever);
    }
}
