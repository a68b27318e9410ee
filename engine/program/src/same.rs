//! Compares data by its meaning, however its numbers are written: 1.0 is 1.00, and 1e2 is 100.

use serde_json::Value;

use crate::Object;

/// Whether two objects mean the same. The order of their fields means nothing.
pub fn same_data(a: &Object, b: &Object) -> bool {
    a.len() == b.len() && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
}

/// Whether two values mean the same.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || same_number(a.as_str(), b.as_str()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => same_data(a, b),
        (a, b) => a == b,
    }
}

/// Exact, however long the numbers are.
fn same_number(a: &str, b: &str) -> bool {
    meaning(a).zip(meaning(b)).is_some_and(|(a, b)| a == b)
}

/// Whether it is negative, its digits from the first to the last that is not 0, and what power of ten the last one
/// counts. None where the exponent is one that nobody can mean.
fn meaning(text: &str) -> Option<(bool, String, i64)> {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{}{fraction}", whole.trim_start_matches('-'));
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = all.len() - all.trim_end_matches('0').len();
    let shift = i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?;
    Some((whole.starts_with('-'), digits.to_owned(), exponent.parse::<i64>().ok()?.checked_add(shift)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str) -> bool {
        let read = |text: &str| serde_json::from_str(&format!("{{\"x\":[{text}],\"y\":1}}")).unwrap();
        same_data(&read(a), &read(b))
    }

    #[test]
    fn numbers_are_the_same_if_they_mean_the_same() {
        for (a, b) in [
            ("1.0", "1.00"),
            ("100", "1e2"),
            ("100", "1E+2"),
            ("-0", "0.000"),
            ("0e7", "0"),
            ("0.10", "1e-1"),
            ("-1.50", "-15e-1"),
            ("1e400", "10e399"),
            ("99999999999999999999.0", "99999999999999999999"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert!(check(a, b) && check(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("1", "10"),
            ("1", "-1"),
            ("1", "\"1\""),
            ("99999999999999999999", "99999999999999999998"),
            ("9007199254740993", "9007199254740992.0"),
            ("0.1000000000000000000000000000000000000000001", "0.1"),
            ("1e400", "1e401"),
            ("1e99999999999999999999", "1e99999999999999999998"),
            ("0", "null"),
        ] {
            assert!(!check(a, b) && !check(b, a), "{a} {b}");
        }
    }

    #[test]
    fn fields_have_no_order() {
        let read = |text: &str| serde_json::from_str(text).unwrap();
        assert!(same_data(&read(r#"{"a":1,"b":{"c":2.0}}"#), &read(r#"{"b":{"c":2},"a":1.0}"#)));
        assert!(!same_data(&read(r#"{"a":1}"#), &read(r#"{"b":1}"#)));
        assert!(!same_data(&read(r#"{"a":[1]}"#), &read(r#"{"a":[1,1]}"#)));
    }
}
