//! Times as people read them: exact, a part of them, or how far away they are, in the reader's zone.

use chrono::{NaiveDate, NaiveTime};
use js_sys::{Date, Intl};
use program::{LocalTime, Time};
use wasm_bindgen::JsValue;

use super::number::{locales, object};
use crate::prefs::Texts;

/// Date and time to the second.
pub fn exact(texts: Texts, at: Time) -> String {
    date(texts, at, &[("dateStyle", "medium"), ("timeStyle", "medium")])
}

/// A day of the week, its date, and the time.
pub fn moment(texts: Texts, at: Time) -> String {
    let parts =
        [("weekday", "short"), ("day", "numeric"), ("month", "short"), ("hour", "numeric"), ("minute", "2-digit")];
    date(texts, at, &parts)
}

/// The time of the day, to the second.
pub fn clock(texts: Texts, at: Time) -> String {
    date(texts, at, &[("timeStyle", "medium")])
}

/// A date as the clocks of its place show it, and the time.
pub fn local(texts: Texts, at: LocalTime) -> (String, String) {
    let part = |style| date(texts, at.in_utc(), &[style, ("timeZone", "UTC")]);
    (part(("dateStyle", "medium")), part(("timeStyle", "short")))
}

/// A day of the calendar.
pub fn day(texts: Texts, day: NaiveDate) -> String {
    date(texts, day.and_time(NaiveTime::MIN).and_utc(), &[("dateStyle", "medium"), ("timeZone", "UTC")])
}

/// A day of the week in short, by its place after Monday.
pub fn weekday(texts: Texts, at: usize) -> String {
    // The first day of the calendar of 1970 that was a Monday.
    let day = Time::UNIX_EPOCH + std::time::Duration::from_secs((4 + at as u64) * 86_400);
    date(texts, day, &[("weekday", "short"), ("timeZone", "UTC")])
}

/// The reader's own time zone, such as `Europe/Berlin`.
pub fn zone() -> Option<String> {
    let options = Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

fn date(texts: Texts, at: Time, options: &[(&str, &str)]) -> String {
    let format = Intl::DateTimeFormat::new(&locales(texts), &object(options)).format();
    let date = Date::new(&(at.timestamp_millis() as f64).into());
    let text = format.call1(&JsValue::NULL, &date).ok().and_then(|text| text.as_string());
    text.unwrap_or_else(|| at.to_rfc3339())
}

/// `3 min ago`, `in 2 days`; more than a month away, the date.
pub fn relative(texts: Texts, at: Time, now: f64) -> String {
    const UNITS: [(&str, f64); 4] = [("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0), ("second", 1.0)];
    let seconds = (at.timestamp_millis() as f64 - now) / 1000.0;
    if seconds.abs() > 30.0 * 86_400.0 {
        return date(texts, at, &[("dateStyle", "medium")]);
    }
    // The two clocks need not agree to the second, and nothing here has just happened in the future.
    let seconds = if (0.0..3.0).contains(&seconds) { 0.0 } else { seconds };
    let (unit, length) = UNITS.into_iter().find(|(_, length)| seconds.abs() >= *length).unwrap_or(UNITS[3]);
    let format = Intl::RelativeTimeFormat::new(&locales(texts), &object(&[("numeric", "auto"), ("style", "short")]));
    let many = if unit == "day" {
        calendar_day(now + seconds * 1000.0) - calendar_day(now)
    } else {
        (seconds / length).trunc()
    };
    format.format(many, unit).into()
}

/// Number of a day in the reader's zone.
fn calendar_day(millis: f64) -> f64 {
    let ahead = -Date::new(&millis.into()).get_timezone_offset() * 60_000.0;
    ((millis + ahead) / 86_400_000.0).floor()
}
