//! PURE: lengths of time: `2 days`, `1,5 Tage`, `1h30`, `90 min`. The unit is the one that was typed, or the one that
//! stands beside the field.

use program::Period;

use super::{
    Language, Unread, Why,
    number::{Decimal, number, show_number},
    spelled,
};

/// Units as files write them, with their length in milliseconds; longest first.
pub const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What they are called in the three languages, in the order of [`UNITS`].
const NAMES: [&str; 6] = [
    "w wk wks week weeks wo woche wochen sem semaine semaines",
    "d day days t tag tage tagen j jour jours",
    "h hr hrs hour hours std stunde stunden heure heures",
    "m min mins minute minutes minuten",
    "s sec secs second seconds sek sekunde sekunden seconde secondes",
    "ms millisecond milliseconds millisekunde millisekunden milliseconde millisecondes",
];
/// What is not always as long, with the days that are offered for one.
const UNEVEN: [(&str, u64); 2] = [
    ("mo month months monat monate monaten mois", 30),
    ("y yr yrs year years jahr jahre jahren an ans année années", 365),
];

/// One number with its unit.
struct Part {
    amount: String,
    unit: String,
}

/// Reads a length; a number alone is in this unit.
pub fn length(text: &str, language: Language, unit: &str) -> Result<Period, Unread> {
    let bare = text.trim().to_lowercase();
    if bare.is_empty() {
        return Err(Unread::new(Why::Empty));
    }
    if let Some((first, second)) = bare.split_once(':') {
        let is_clock = [first, second]
            .iter()
            .all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
        let offers = [format!("{first} h {second} min"), format!("{first} min {second} s")];
        return Err(if is_clock { Unread::offering(Why::Two, offers) } else { Unread::new(Why::Unknown) });
    }
    let parts = parts(&bare).ok_or_else(|| Unread::new(Why::Unknown))?;
    let (mut total, mut largest) = (0_i128, UNITS.len());
    let mut before: Option<usize> = None;
    for (at, part) in parts.iter().enumerate() {
        let offer = |amount: &str| {
            if parts.len() > 1 || part.unit.is_empty() { amount.to_owned() } else { format!("{amount} {}", part.unit) }
        };
        let amount = match spelled(&part.amount) {
            Some(n) => Decimal::of(&n.to_string()).ok_or_else(|| Unread::new(Why::Unknown))?,
            None => number(&part.amount, language).map_err(|refused| match parts.len() {
                1 => refused.within(offer),
                _ => Unread::new(refused.why),
            })?,
        };
        if let Some((_, days)) = UNEVEN.iter().find(|(words, _)| has(words, &part.unit)) {
            let days = amount.times(*days).map(|days| show_length_words(days, language));
            return Err(Unread::offering(Why::Uneven, days.filter(|_| parts.len() == 1)));
        }
        let place = match (part.unit.as_str(), before) {
            ("", None) if parts.len() == 1 => UNITS.iter().position(|(name, _)| *name == unit),
            // `1h30`
            ("", Some(2)) if at + 1 == parts.len() && at == 1 => Some(3),
            ("", _) => None,
            (name, _) => NAMES.iter().position(|words| has(words, name)),
        };
        let place = place.ok_or_else(|| Unread::new(Why::Unknown))?;
        let millis = amount.times(UNITS[place].1).ok_or_else(|| Unread::new(Why::Unknown))?;
        if millis < 0 {
            return Err(Unread::new(Why::Range));
        }
        total = total.saturating_add(millis);
        (before, largest) = (Some(place), largest.min(place));
    }
    match u64::try_from(total) {
        Ok(0) => Err(Unread::new(Why::Zero)),
        Ok(millis) => Period::in_unit(millis, UNITS[largest].0).ok_or_else(|| Unread::new(Why::Range)),
        Err(_) => Err(Unread::new(Why::Range)),
    }
}

/// Writes a length as the text of its field and the unit beside it: `36` and `h`, `1.5` and `d`.
pub fn show_length(period: Period, language: Language) -> (String, &'static str) {
    let (unit, length) = period.unit();
    let millis = period.millis();
    for below in [1, 10, 100] {
        let scaled = u128::from(millis) * below;
        if scaled.is_multiple_of(u128::from(length)) {
            let n = scaled / u128::from(length);
            let text = match below {
                1 => n.to_string(),
                10 => format!("{}.{}", n / 10, n % 10),
                _ => format!("{}.{:02}", n / 100, n % 100),
            };
            let decimal = Decimal::of(&text).map(|decimal| show_number(&decimal, language));
            return (decimal.unwrap_or(text), unit);
        }
    }
    // No short fraction: all its units.
    (period.to_string(), unit)
}

/// Days in words that read back.
fn show_length_words(days: i128, language: Language) -> String {
    let unit = match (language, days == 1) {
        (Language::English, true) => "day",
        (Language::English, false) => "days",
        (Language::German, true) => "Tag",
        (Language::German, false) => "Tage",
        (Language::French, true) => "jour",
        (Language::French, false) => "jours",
    };
    format!("{days} {unit}")
}

fn has(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split(' ').any(|known| known == word)
}

/// Numbers and the words behind them; none where they do not take turns.
fn parts(text: &str) -> Option<Vec<Part>> {
    const JOINTS: [&str; 4] = ["and", "und", "et", "&"];
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '−' | '+' | '\'' | '’' | '\u{202f}');
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let is_amount = rest.starts_with(|c: char| is_number(c));
        let end = match is_amount {
            true => rest.find(|c: char| !is_number(c)),
            false => rest.find(|c: char| is_number(c) && c != '.' || c.is_whitespace()),
        };
        let (token, tail) = rest.split_at(end.unwrap_or(rest.len()).max(rest.chars().next().map_or(1, char::len_utf8)));
        rest = tail.trim_start();
        let waits = parts.last().is_some_and(|part| part.unit.is_empty());
        match token {
            "," if !waits && !parts.is_empty() => {}
            word if JOINTS.contains(&word) && !waits && !parts.is_empty() => {}
            amount if is_amount && !waits => {
                // Behind a unit a comma only joins.
                let amount = if parts.is_empty() { amount } else { amount.trim_start_matches(',') };
                parts.push(Part { amount: amount.to_owned(), unit: String::new() });
            }
            // `1 000`
            amount if is_amount => {
                let last = parts.last_mut()?;
                last.amount = format!("{} {amount}", last.amount);
            }
            word if waits => parts.last_mut()?.unit = word.trim_end_matches('.').to_owned(),
            word => {
                spelled(word)?;
                parts.push(Part { amount: word.to_owned(), unit: String::new() });
            }
        }
    }
    (!parts.is_empty()).then_some(parts)
}
