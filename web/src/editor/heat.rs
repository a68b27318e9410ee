//! PURE: how long tokens stay at nodes, as warmth and as a number with a unit.

/// The shortest and the longest stay of a program, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The shortest.
    pub low: u64,
    /// The longest.
    pub high: u64,
}

impl Scale {
    /// Of the mean stay at each node; none where nobody stayed anywhere.
    pub fn of(stays: impl Iterator<Item = u64>) -> Option<Self> {
        stays.fold(None, |scale, stay| {
            let Self { low, high } = scale.unwrap_or(Self { low: stay, high: stay });
            Some(Self { low: low.min(stay), high: high.max(stay) })
        })
    }

    /// From 0 for the shortest to 1 for the longest. By its logarithm: next to two days, a minute and an hour would both
    /// be nothing. Half, where all are the same.
    pub fn warmth(self, stay: u64) -> f64 {
        let log = |stay: u64| (stay.max(1) as f64).ln();
        let (low, high) = (log(self.low), log(self.high));
        if high <= low { 0.5 } else { ((log(stay) - low) / (high - low)).clamp(0.0, 1.0) }
    }
}

/// A stay in the largest unit that leaves at least one, by the unit's name in `Intl`; exact to a tenth below ten.
pub fn measured(stay: u64) -> (f64, &'static str) {
    const UNITS: [(&str, f64); 4] =
        [("day", 86_400_000.0), ("hour", 3_600_000.0), ("minute", 60_000.0), ("second", 1_000.0)];
    // What is nearly an hour is not said as 60 minutes.
    let (unit, length) = UNITS.into_iter().find(|(_, length)| stay as f64 >= 0.995 * length).unwrap_or(UNITS[3]);
    let n = stay as f64 / length;
    (if n < 9.95 { (n * 10.0).round() / 10.0 } else { n.round() }, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn the_scale_is_relative_and_logarithmic() {
        let scale = Scale::of([HOUR, 1_000, 48 * HOUR].into_iter()).unwrap();
        assert_eq!(scale, Scale { low: 1_000, high: 48 * HOUR });
        assert_eq!((scale.warmth(1_000), scale.warmth(48 * HOUR)), (0.0, 1.0));
        assert!((0.6..0.8).contains(&scale.warmth(HOUR)), "{}", scale.warmth(HOUR));
        // What came after the scale was made stays on it.
        assert_eq!((scale.warmth(0), scale.warmth(90 * HOUR)), (0.0, 1.0));
    }

    #[test]
    fn nothing_and_the_same_have_no_ends() {
        assert_eq!(Scale::of(std::iter::empty()), None);
        let scale = Scale::of([5, 5].into_iter()).unwrap();
        assert!((scale.warmth(5) - 0.5).abs() < f64::EPSILON);
        assert!((Scale { low: 0, high: 0 }.warmth(0) - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_stay_is_said_in_a_unit_that_fits() {
        for (stay, expected) in [
            (0, (0.0, "second")),
            (840, (0.8, "second")),
            (1_949, (1.9, "second")),
            (59_400, (59.0, "second")),
            (59_999, (1.0, "minute")),
            (90_000, (1.5, "minute")),
            (26 * HOUR, (1.1, "day")),
            (200 * 24 * HOUR, (200.0, "day")),
        ] {
            assert_eq!(measured(stay), expected, "{stay} ms");
        }
    }
}
