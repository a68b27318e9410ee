//! PURE: dates, and dates with a time: `24.12.2026`, `Dec 24, 2026 8:00`, `24 décembre 2026 à 8 h`.

use chrono::{Datelike, NaiveDate};
use program::LocalTime;

use super::{
    Language, Unread, Why,
    clock::{clock, show_clock},
};

/// Months in the three languages; three letters are enough where only one begins so.
const MONTHS: [&str; 12] = [
    "january januar jänner janvier",
    "february februar feber février fevrier",
    "march märz maerz mars",
    "april avril",
    "may mai",
    "june juni juin",
    "july juli juillet",
    "august août aout",
    "september septembre",
    "october oktober octobre",
    "november novembre",
    "december dezember décembre decembre",
];
/// As each language writes them.
const WRITTEN: [[&str; 12]; 3] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
];
/// Words between the parts that say nothing.
const FILLERS: [&str; 5] = ["the", "of", "den", "der", "le"];
/// Words between date and time.
const JOINTS: [&str; 4] = ["at", "um", "à", "a"];

/// Reads a date. Where the year is missing, this one is offered.
pub fn date(text: &str, language: Language, year: i32) -> Result<NaiveDate, Unread> {
    let bare = text.trim().to_lowercase();
    if bare.is_empty() {
        return Err(Unread::new(Why::Empty));
    }
    let unknown = || Unread::new(Why::Unknown);
    let (mut tokens, mut signs) = (Vec::new(), Vec::new());
    let pieces = bare.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '.' | '/' | '-' | ',')).map(|piece| {
        let token = piece.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '/' | '-' | ','));
        (token, piece[token.len()..].chars().next())
    });
    for (token, sign) in pieces {
        signs.extend(sign.filter(|sign| matches!(sign, '.' | '/' | '-')));
        if !token.is_empty() && !FILLERS.contains(&token) {
            tokens.push(token);
        }
    }
    let mut month = None;
    let mut numbers: Vec<&str> = Vec::new();
    for token in tokens {
        let digits = token.trim_end_matches(|c: char| c.is_alphabetic());
        match (digits.is_empty(), &token[digits.len()..]) {
            (true, word) => {
                let named = named(word).filter(|_| month.is_none()).ok_or_else(unknown)?;
                month = Some(named);
            }
            (false, "" | "st" | "nd" | "rd" | "th" | "er" | "e") if digits.bytes().all(|b| b.is_ascii_digit()) => {
                numbers.push(digits)
            }
            _ => return Err(unknown()),
        }
    }
    let n = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let day_of = |year: i32, month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let full = |text: &str| match (text.len(), text.parse::<i32>()) {
        (4, Ok(year)) => Some(year),
        (2, Ok(year)) => Some(2000 + year),
        _ => None,
    };
    // All that it may say, each as year, month, day.
    let mut readings: Vec<Option<NaiveDate>> = Vec::new();
    let mut has_year = true;
    match (month, numbers.as_slice()) {
        (Some(month), [day, last]) if day.len() <= 2 => {
            readings.push(full(last).and_then(|year| day_of(year, month, n(day))))
        }
        (Some(month), [first, day]) if first.len() == 4 => {
            readings.push(full(first).and_then(|year| day_of(year, month, n(day))))
        }
        (Some(month), [day]) if day.len() <= 2 => {
            has_year = false;
            readings.push(day_of(year, month, n(day)));
        }
        (None, [first, second, third]) if first.len() == 4 => {
            readings.push(full(first).and_then(|year| day_of(year, n(second), n(third))));
        }
        (None, [first, second, third]) if first.len() <= 2 && second.len() <= 2 => {
            let year = full(third);
            readings.push(year.and_then(|year| day_of(year, n(second), n(first))));
            // Points part day, month, year everywhere.
            if !signs.contains(&'.') {
                readings.push(year.and_then(|year| day_of(year, n(first), n(second))));
            }
        }
        (None, [first, second]) if first.len() <= 2 && second.len() <= 2 => {
            has_year = false;
            readings.push(day_of(year, n(second), n(first)));
            if !signs.contains(&'.') {
                readings.push(day_of(year, n(first), n(second)));
            }
        }
        _ => return Err(unknown()),
    }
    let mut readings: Vec<NaiveDate> = readings.into_iter().flatten().collect();
    readings.dedup();
    let offers = || readings.iter().map(|day| show_date(*day, language));
    match (readings.as_slice(), has_year) {
        ([], _) => Err(unknown()),
        ([day], true) => Ok(*day),
        ([_], false) => Err(Unread::offering(Why::NoYear, offers())),
        _ => Err(Unread::offering(Why::Two, offers())),
    }
}

/// Writes a date so that it reads back.
pub fn show_date(day: NaiveDate, language: Language) -> String {
    let place = match language {
        Language::English => 0,
        Language::German => 1,
        Language::French => 2,
    };
    let month = WRITTEN[place][day.month0() as usize];
    let (of, year) = (day.day(), day.year());
    match language {
        Language::German => format!("{of}. {month} {year:04}"),
        Language::English | Language::French => format!("{of} {month} {year:04}"),
    }
}

/// Reads a date with its time, as files write both: `2026-12-24T08:00`.
pub fn date_time(text: &str, language: Language, year: i32) -> Result<String, Unread> {
    let bare = text.trim();
    if bare.is_empty() {
        return Err(Unread::new(Why::Empty));
    }
    if bare.parse::<LocalTime>().is_ok() {
        return Ok(bare.to_owned());
    }
    let mut best = Unread::new(Why::Unknown);
    for (at, c) in bare.char_indices().filter(|(_, c)| c.is_whitespace() || matches!(c, ',' | 'T')) {
        let (left, right) = (bare[..at].trim_end_matches([',', ' ']), &bare[at + c.len_utf8()..]);
        let mut right = right.trim_start_matches([',', ' ']);
        let mut left = left;
        for joint in JOINTS {
            right = right.strip_prefix(&format!("{joint} ")).unwrap_or(right).trim_start();
            left = left.strip_suffix(&format!(" {joint}")).unwrap_or(left);
        }
        // A number alone behind a date is its year, if anything.
        let is_time = right.contains([':', '.', 'h']) || right.contains(|c: char| c.is_alphabetic());
        match (date(left, language, year), clock(right, language, false)) {
            (Ok(day), Ok(time)) if is_time => return Ok(format!("{}T{time}", day.format("%Y-%m-%d"))),
            (Ok(day), Err(refused)) if is_time && refused.why == Why::Two => {
                best = refused.within(|time| format!("{}, {time}", show_date(day, language)));
            }
            (Err(refused), Ok(time)) if is_time && matches!(refused.why, Why::Two | Why::NoYear) => {
                best = refused.within(|day| format!("{day}, {}", show_clock(&time)));
            }
            _ => {}
        }
    }
    match date(bare, language, year) {
        Ok(day) if best.why == Why::Unknown => {
            Err(Unread::offering(Why::NoTime, [format!("{}, 0:00", show_date(day, language))]))
        }
        _ => Err(best),
    }
}

/// Writes what a file has of a date with its time, so that it reads back; none where it is none.
pub fn show_date_time(text: &str, language: Language) -> Option<String> {
    let (day, time) = text.split_once('T')?;
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    (time.len() == 5).then(|| format!("{}, {}", show_date(day, language), show_clock(time)))
}

/// Number of the one month that begins so.
fn named(word: &str) -> Option<u32> {
    let begins = |names: &str| names.split(' ').any(|name| name.starts_with(word));
    let mut found = (1..).zip(MONTHS).filter(|(_, names)| word.chars().count() >= 3 && begins(names));
    let first = found.next().map(|(month, _)| month);
    first.filter(|_| found.next().is_none())
}
