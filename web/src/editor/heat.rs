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
}
