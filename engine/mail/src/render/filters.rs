//! Template filters that the engine lacks, or that mails need in another form.
//!
//! Deterministic and free of locales: equal data gives equal text on every machine.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, format::StrftimeItems};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters, value::Rest, value::ValueKind};

use super::{MAX_OUTPUT, fence, numbers};

/// Filters of the engine that can make much out of little.
const REMOVED: [&str; 9] = ["batch", "slice", "indent", "format", "pprint", "zip", "chain", "groupby", "tojson"];

/// The longest range; mails count stars, not rows.
const MAX_RANGE: i64 = 1_000;

/// Takes away what can be abused and adds what mails need.
pub(super) fn install(env: &mut Environment<'_>) {
    for name in REMOVED {
        env.remove_filter(name);
    }
    for name in ["namespace", "debug", "dict"] {
        env.remove_global(name);
    }
    env.add_function("range", range);
    env.add_filter("date", date);
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("join", join);
    env.add_filter("money", money);
    env.add_filter("replace", replace);
    env.add_filter(fence::BOUNDED, fence::bounded);
    numbers::install(env);
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// As the engine's, and also for `null`, which JSON has and mails do not want to print.
fn default(state: &State<'_, '_>, value: &Value, args: Rest<Value>) -> Result<Value, Error> {
    let absent = Value::UNDEFINED;
    filters::default(state, if value.is_none() { &absent } else { value }, args)
}

/// `{{ 49.9 | money("EUR") }}` gives `49.90 EUR`: point, no grouping, the currency's decimals (ISO 4217).
fn money(value: &Value, currency: &str) -> Result<String, Error> {
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(invalid(format!("money: `{currency}` is no currency; write three letters, such as EUR")));
    }
    let currency = currency.to_ascii_uppercase();
    let decimals = match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    };
    let written = numbers::text(value).and_then(|text| text.parse().ok());
    let amount: f64 = match value.kind() {
        ValueKind::Plain => written.unwrap_or(f64::NAN),
        ValueKind::Number => f64::try_from(value.clone())?,
        ValueKind::String => value.as_str().and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    if !amount.is_finite() || amount.abs() >= 1e15 {
        return Err(invalid("money: the value is not an amount; give a number, such as 49.9"));
    }
    // Half a cent goes away from zero, as on a receipt: 1.005 is a little less than that in binary.
    let scale = 10_f64.powi(decimals);
    let rounded = (amount.abs() * scale + 1e-6).round() / scale;
    let sign = if amount < 0.0 && rounded > 0.0 { "-" } else { "" };
    Ok(format!("{sign}{rounded:.*} {currency}", decimals as usize))
}

/// `{{ event.shipped_at | date("%d.%m.%Y") }}`: a time (RFC 3339) or a date (`2026-03-01`), shown in its own offset.
fn date(value: &Value, format: Option<&str>) -> Result<String, Error> {
    let format = format.unwrap_or("%Y-%m-%d");
    let items = StrftimeItems::new(format)
        .parse()
        .map_err(|_| invalid(format!("date: `{format}` is no format; write one such as %d.%m.%Y or %Y-%m-%d %H:%M")))?;
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let mut shown = String::new();
    let done = if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        write!(shown, "{}", time.format_with_items(items.iter()))
    } else if let Ok(day) = text.parse::<NaiveDate>() {
        write!(shown, "{}", day.format_with_items(items.iter()))
    } else {
        return Err(invalid("date: the value is not a time; give one such as 2026-03-01T09:00:00Z or 2026-03-01"));
    };
    done.map_err(|_| invalid(format!("date: a date has no `{format}`; ask for day, month and year only")))?;
    Ok(shown)
}

/// `{{ event.sizes | join(", ") }}`; stops when the text becomes too long for a mail.
fn join(value: &Value, separator: Option<&str>) -> Result<String, Error> {
    let mut joined = String::new();
    for (n, item) in value.try_iter()?.enumerate() {
        if matches!(item.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable) {
            return Err(invalid("join: the items are lists or objects; write a loop"));
        }
        if n > 0 {
            joined.push_str(separator.unwrap_or_default());
        }
        let _ = write!(joined, "{item}");
        if joined.len() > MAX_OUTPUT {
            return Err(invalid("join: the text becomes longer than a mail may be"));
        }
    }
    Ok(joined)
}

/// As the engine's, but stops when the text becomes too long for a mail.
fn replace(value: &str, from: &str, to: &str) -> Result<String, Error> {
    if value.len() + value.matches(from).count() * to.len() > MAX_OUTPUT {
        return Err(invalid("replace: the text becomes longer than a mail may be"));
    }
    Ok(value.replace(from, to))
}

/// `range(5)` or `range(1, 6)`, of at most [`MAX_RANGE`] numbers.
fn range(from: i64, to: Option<i64>) -> Result<Vec<i64>, Error> {
    let (from, to) = to.map_or((0, from), |to| (from, to));
    if to.saturating_sub(from) > MAX_RANGE {
        return Err(invalid(format!("range: at most {MAX_RANGE} numbers")));
    }
    Ok((from..to).collect())
}
