//! PURE: times of the day: `14:00`, `2 pm`, `14 Uhr`, `14h30`, as files write them: `14:00`.

use super::{Language, Unread, Why};

/// Words that say before or after noon.
const BEFORE: [&str; 8] = ["a.m.", "a.m", "am", "morgens", "vormittags", "früh", "du matin", "in the morning"];
const AFTER: [&str; 10] = [
    "p.m.",
    "p.m",
    "pm",
    "nachmittags",
    "abends",
    "de l'après-midi",
    "de l’après-midi",
    "du soir",
    "in the afternoon",
    "in the evening",
];
const NOON: [&str; 5] = ["noon", "midday", "mittag", "mittags", "midi"];
const MIDNIGHT: [&str; 3] = ["midnight", "mitternacht", "minuit"];
/// Words that only say that it is a time.
const MARKS: [&str; 6] = ["o'clock", "o’clock", "uhr", "heures", "heure", "hours"];

/// Reads a time of the day. At the end of a span of time midnight may be `24:00`.
pub fn clock(text: &str, language: Language, is_end: bool) -> Result<String, Unread> {
    let bare = text.trim().to_lowercase();
    if bare.is_empty() {
        return Err(Unread::new(Why::Empty));
    }
    if NOON.contains(&bare.as_str()) {
        return Ok("12:00".into());
    }
    if MIDNIGHT.contains(&bare.as_str()) {
        return Ok(if is_end { "24:00" } else { "00:00" }.into());
    }
    let half =
        |words: &[&str]| words.iter().find_map(|word| bare.strip_suffix(word)).map(|rest| rest.trim_end().to_owned());
    let (before, after) = (half(&BEFORE), half(&AFTER));
    let core = before.clone().or_else(|| after.clone()).unwrap_or_else(|| bare.clone());
    let (hour, minute) = parts(&core)?;
    let shown = |hour: u16| show_clock(&written(hour, minute.unwrap_or(0)));
    if minute.is_some_and(|minute| minute > 59) {
        return Err(Unread::new(Why::Unknown));
    }
    let minutes = minute.unwrap_or(0);
    if before.is_some() || after.is_some() {
        return match (hour, after.is_some()) {
            (1..=12, is_after) => Ok(written(hour % 12 + if is_after { 12 } else { 0 }, minutes)),
            // `14 Uhr nachmittags` says it twice.
            (13..=23, true) if language != Language::English => Ok(written(hour, minutes)),
            (0, false) if language != Language::English => Ok(written(hour, minutes)),
            (0..=23, _) => Err(Unread::offering(Why::Unknown, [shown(hour)])),
            _ => Err(Unread::new(Why::Unknown)),
        };
    }
    match (hour, minutes) {
        // English clocks have twelve hours; with its minutes it is read as the clocks of machines show it.
        (1..=12, _) if minute.is_none() && language == Language::English => {
            Err(Unread::offering(Why::Two, [shown(hour % 12), shown(hour % 12 + 12)]))
        }
        (0..=23, _) => Ok(written(hour, minutes)),
        (24, 0) if is_end => Ok("24:00".into()),
        (24, 0) => Err(Unread::offering(Why::Range, ["0:00".to_owned()])),
        _ => Err(Unread::new(Why::Range)),
    }
}

/// Writes a time of the day so that it reads back: `9:00`.
pub fn show_clock(time: &str) -> String {
    match time.strip_prefix('0') {
        Some(rest) if !rest.starts_with(':') => rest.to_owned(),
        _ => time.to_owned(),
    }
}

fn written(hour: u16, minute: u16) -> String {
    format!("{hour:02}:{minute:02}")
}

/// Hour and minute; a mark behind the hour may stand in place of the minutes.
fn parts(core: &str) -> Result<(u16, Option<u16>), Unread> {
    let unknown = || Unread::new(Why::Unknown);
    let mut text = core.to_owned();
    for mark in MARKS {
        text = text.replace(mark, ":");
    }
    let text: String = text.replace(['h', '.'], ":").chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.trim_end_matches(':');
    let pieces: Vec<&str> = text.split(':').filter(|piece| !piece.is_empty()).collect();
    let digits = |piece: &str| piece.bytes().all(|b| b.is_ascii_digit());
    if !pieces.iter().all(|piece| digits(piece) && piece.len() <= 4) {
        return Err(unknown());
    }
    let n = |piece: &str| piece.parse::<u16>().map_err(|_| unknown());
    match pieces.as_slice() {
        [hour] if hour.len() <= 2 => Ok((n(hour)?, None)),
        [both] => {
            let (hour, minute) = both.split_at(both.len() - 2);
            Ok((n(hour)?, Some(n(minute)?)))
        }
        [hour, minute] | [hour, minute, "00"] if hour.len() <= 2 => match minute.len() {
            2 => Ok((n(hour)?, Some(n(minute)?))),
            1 if n(hour)? < 24 => {
                let offers = [format!("{hour}:0{minute}"), format!("{hour}:{minute}0")];
                let fits = |offer: &String| {
                    !offer.ends_with(|c: char| !c.is_ascii_digit())
                        && n(&offer[offer.len() - 2..]).is_ok_and(|minute| minute < 60)
                };
                Err(Unread::offering(Why::Two, offers.into_iter().filter(fits)))
            }
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}
