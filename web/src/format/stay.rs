//! PURE: the unit in which a length of time is shown.

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
