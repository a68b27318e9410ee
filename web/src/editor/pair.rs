//! PURE: what typing into a part of a field makes of its value, and what the part shows of it. Reading what is shown gives
//! the value again, in each language.
//!
//! Most fields are one part, named by nothing. Hours have `from` and `until`, weights and changes have one for each row.

use program::{Input, Period};
use serde_json::{Value, json};

use crate::{
    format::read::{
        Decimal, Unread, Why, clock, date_time, length, number, percent, show_clock, show_date_time, show_length,
        show_number,
        value::{given, show_given},
    },
    i18n::Language,
};

/// In which language, and in which year if none is typed.
#[derive(Clone, Copy, Debug)]
pub struct Tongue {
    /// The language.
    pub language: Language,
    /// The year.
    pub year: i32,
}

/// The unit of a length of which nobody said one.
pub const UNIT: &str = "d";

/// The value once this text stands in a part; `unit` is what stands beside a length.
pub fn read_part(
    input: Input,
    part: &str,
    text: &str,
    now: &Value,
    unit: &str,
    tongue: Tongue,
) -> Result<Value, Unread> {
    let language = tongue.language;
    match input {
        Input::Period | Input::Choice { .. } => length(text, language, unit).map(|period| json!(period.to_string())),
        Input::Number { min, max } => {
            let n = number(text, language)?.whole().filter(|n| (min..=max).contains(n));
            n.map(Value::from).ok_or_else(|| refuse(Why::Range))
        }
        Input::DateTime => date_time(text, language, tongue.year).map(Value::from),
        Input::Hours => {
            let time = clock(text, language, part == "until")?;
            let (from, until) = now.as_str().and_then(|hours| hours.split_once('-')).unwrap_or(("00:00", "00:00"));
            Ok(json!(if part == "until" { format!("{from}-{time}") } else { format!("{time}-{until}") }))
        }
        Input::Weights { .. } => {
            let n = percent(text, language)?;
            let mut weights = now.as_array().cloned().unwrap_or_default();
            let at = part.parse().ok().and_then(|at: usize| weights.get_mut(at));
            *at.ok_or_else(|| refuse(Why::Unknown))? = json!(n);
            Ok(weights.into())
        }
        Input::Changes { .. } => {
            let value = given(text, language)?;
            let mut rows = now.as_array().cloned().unwrap_or_default();
            let at = part.split('.').next().and_then(|at| at.parse().ok()).and_then(|at: usize| rows.get_mut(at));
            let row = at.and_then(Value::as_object_mut).ok_or_else(|| refuse(Why::Unknown))?;
            match value {
                Some(value) => drop(row.insert("value".to_owned(), value)),
                None => drop(row.shift_remove("value")),
            }
            Ok(rows.into())
        }
        Input::Text { .. }
        | Input::Expression { .. }
        | Input::Event
        | Input::Stream
        | Input::Weekdays
        | Input::Zone => Ok(text.into()),
    }
}

/// What a part shows.
pub fn show_part(input: Input, part: &str, value: &Value, language: Language) -> String {
    let text = || match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match input {
        Input::Period | Input::Choice { .. } => {
            text().parse::<Period>().map_or_else(|_| String::new(), |period| show_length(period, language).0)
        }
        Input::Number { .. } => Decimal::of(&text()).map_or_else(text, |n| show_number(&n, language)),
        Input::DateTime => show_date_time(&text(), language).unwrap_or_else(text),
        Input::Hours => {
            let text = text();
            let (from, until) = text.split_once('-').unwrap_or_default();
            show_clock(if part == "until" { until } else { from })
        }
        Input::Weights { .. } => {
            let at = part.parse().ok().and_then(|at: usize| value.get(at));
            at.map(Value::to_string).unwrap_or_default()
        }
        Input::Changes { .. } => {
            let at = part.split('.').next().and_then(|at| at.parse().ok()).and_then(|at: usize| value.get(at));
            at.and_then(|row| row.get("value")).map(|value| show_given(value, language)).unwrap_or_default()
        }
        Input::Text { .. }
        | Input::Expression { .. }
        | Input::Event
        | Input::Stream
        | Input::Weekdays
        | Input::Zone => text(),
    }
}

/// The unit beside a length.
pub fn unit_of(value: &Value) -> &'static str {
    value.as_str().and_then(|text| text.parse::<Period>().ok()).map_or(UNIT, |period| period.unit().0)
}

fn refuse(why: Why) -> Unread {
    Unread { why, offers: Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Language; 3] = [Language::English, Language::German, Language::French];

    /// Each widget with a value of it: input, parts, value.
    fn cases() -> impl Strategy<Value = (Input, Vec<String>, Value)> {
        let one = || vec![String::new()];
        let rows = |n: usize, tail: &str| (0..n).map(|at| format!("{at}{tail}")).collect::<Vec<_>>();
        let unit = || proptest::sample::select(vec!["w", "d", "h", "m", "s", "ms"]);
        let period = || {
            (1..90_000_000_u64, unit()).prop_map(|(millis, unit)| Period::in_unit(millis, unit).unwrap().to_string())
        };
        let round = || (1..400_u32, unit()).prop_map(|(n, unit)| format!("{n}{unit}"));
        let time = || (0..24_u8, 0..60_u8).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
        prop_oneof![
            period().prop_map(move |text| (Input::Period, one(), json!(text))),
            round().prop_map(move |text| (Input::Period, one(), json!(text))),
            round().prop_map(move |text| (Input::Choice { options: &["always"], or_period: true }, one(), json!(text))),
            (-5_000..5_000_i64).prop_map(move |n| (Input::Number { min: -5_000, max: 5_000 }, one(), json!(n))),
            (time(), time()).prop_map(|(from, to)| {
                (Input::Hours, vec!["from".into(), "until".into()], json!(format!("{from}-{to}")))
            }),
            time().prop_map(|from| (Input::Hours, vec!["until".into()], json!(format!("{from}-24:00")))),
            (2000..2199_i32, 1..13_u8, 1..29_u8, time()).prop_map(move |(year, month, day, time)| {
                (Input::DateTime, one(), json!(format!("{year}-{month:02}-{day:02}T{time}")))
            }),
            proptest::collection::vec(0..=100_u8, 2..6).prop_map(move |weights| {
                (Input::Weights { min: 2, max: 6 }, rows(weights.len(), ""), json!(weights))
            }),
            proptest::collection::vec(
                prop_oneof![
                    ".{1,8}".prop_map(Value::from),
                    any::<bool>().prop_map(Value::from),
                    (-9_999..9_999_i64).prop_map(Value::from)
                ],
                1..4
            )
            .prop_filter("texts that say something", |values| {
                values.iter().all(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
            })
            .prop_map(move |values| {
                let list: Vec<_> =
                    values.iter().map(|value| json!({ "change": "set", "attribute": "a", "value": value })).collect();
                (Input::Changes { most: 9 }, rows(values.len(), ".value"), json!(list))
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_widget_shows_is_what_is_stored((input, parts, value) in cases(), at in 0..3_usize) {
            let tongue = Tongue { language: ALL[at], year: 2026 };
            for part in parts {
                let shown = show_part(input, &part, &value, tongue.language);
                let read = read_part(input, &part, &shown, &value, unit_of(&value), tongue);
                prop_assert_eq!(read, Ok(value.clone()), "{} of {:?}", shown, input);
            }
        }

        #[test]
        fn what_is_typed_is_shown_as_what_it_was_read_as((input, parts, value) in cases(), text in "[0-9]{1,2}([.,:hd ][0-9]{1,2})?( ?(pm|h|Tage|days|%))?", at in 0..3_usize) {
            let tongue = Tongue { language: ALL[at], year: 2026 };
            for part in parts {
                let Ok(read) = read_part(input, &part, &text, &value, unit_of(&value), tongue) else { continue };
                let shown = show_part(input, &part, &read, tongue.language);
                let again = read_part(input, &part, &shown, &read, unit_of(&read), tongue);
                prop_assert_eq!(again, Ok(read), "{} is shown as {}", text, shown);
            }
        }
    }

    #[test]
    fn numbers_that_are_typed_leave_the_unit_alone() {
        let tongue = Tongue { language: Language::English, year: 2026 };
        let mut value = json!("48h");
        for (text, stored) in
            [("36", "36h"), ("75", "75h"), ("168", "168h"), ("2 days", "2d"), ("14", "14d"), ("1.5", "1d 12h")]
        {
            value = read_part(Input::Period, "", text, &value, unit_of(&value), tongue).unwrap();
            assert_eq!(value, json!(stored));
        }
    }
}
