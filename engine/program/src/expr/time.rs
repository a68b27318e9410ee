//! Times in data: dates as ISO 8601 writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// No text that says a time is longer, in bytes: what is longer is not looked at.
const LONGEST: usize = 40;

/// Milliseconds since 1970 in UTC; none where the text is no date. A day begins at midnight, and what names no zone is UTC.
pub(super) fn millis(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let with_zone = zoned.into_iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    let plain = || forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    with_zone.map(|time| time.timestamp_millis()).or_else(|| Some(plain()?.and_utc().timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn dates_are_read_as_programs_write_them() {
        const DAY: i64 = 1_782_259_200_000;
        for (text, expected) in [
            ("2026-06-24", Some(DAY)),
            (" 2026-06-24T00:00:00Z ", Some(DAY)),
            ("2026-06-24T08:00:00+02:00", Some(DAY + 6 * 3_600_000)),
            ("2026-06-24T08:00:00.250+0200", Some(DAY + 6 * 3_600_000 + 250)),
            ("2026-06-24T08:00", Some(DAY + 8 * 3_600_000)),
            ("2026-06-24 08:00:00", Some(DAY + 8 * 3_600_000)),
            ("1969-12-31", Some(-86_400_000)),
            ("24.06.2026", None),
            ("06/24/2026", None),
            ("1782259200000", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
        assert_eq!(millis(&" ".repeat(50)), None);
    }
}
