//! PURE: numbers. A comma or a point may be the decimal sign in each language; where it may as well part thousands, both
//! are offered.

use super::{Language, Unread, Why};

/// The most digits: more would not come back from a file as they were.
const MOST_DIGITS: usize = 15;

/// A number as files write it: `-1234.5`, without zeros that say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// As files write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of what a file writes, if it is written with digits only.
    pub fn of(text: &str) -> Option<Self> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        (!whole.is_empty() && plain(whole) && plain(part)).then(|| Self::new(is_negative, whole, part))
    }

    /// If it is whole.
    pub fn whole(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    fn new(is_negative: bool, whole: &str, part: &str) -> Self {
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let mut text = if whole.is_empty() { "0".to_owned() } else { whole.to_owned() };
        if !part.is_empty() {
            text = format!("{text}.{part}");
        }
        Self(if is_negative && text != "0" { format!("-{text}") } else { text })
    }

    /// How often it fits a length that divides it: itself times this many, if that is whole.
    pub(super) fn times(&self, n: u64) -> Option<i128> {
        let (whole, part) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        let below = 10_i128.checked_pow(part.len().try_into().ok()?)?;
        let total = digits.checked_mul(n.into())?;
        (total % below == 0).then_some(total / below)
    }
}

/// Reads a number.
pub fn number(text: &str, language: Language) -> Result<Decimal, Unread> {
    match plain(text, language) {
        Err(refused) if refused.why == Why::Unknown => {
            // `49,5o` ends with a letter that looks like a digit, `50 €` has more than the number.
            let meant = mended(text);
            let meant = plain(&meant, language).ok().map(|read| show_number(&read, language));
            Err(Unread::offering(Why::Unknown, meant))
        }
        read => read,
    }
}

/// Writes a number so that it reads back.
pub fn show_number(number: &Decimal, language: Language) -> String {
    let mut text = number.0.clone();
    if let Some((whole, part)) = number.0.trim_start_matches('-').split_once('.') {
        // Three digits behind the sign could as well be thousands.
        if part.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') {
            text.push('0');
        }
    }
    if language == Language::English { text } else { text.replace('.', ",") }
}

/// Reads whole percent, with or without their sign.
pub fn percent(text: &str, language: Language) -> Result<u8, Unread> {
    let bare = text.trim().trim_end_matches('%').trim_end();
    let bare = ["percent", "prozent", "pour cent"].iter().find_map(|word| ends(bare, word)).unwrap_or(bare);
    let read = number(bare, language)?;
    let whole = read.whole().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100);
    whole.ok_or_else(|| Unread::new(Why::Range))
}

fn ends<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(word).then(|| text[..at].trim_end())
}

fn plain(text: &str, language: Language) -> Result<Decimal, Unread> {
    let bare = text.trim();
    if bare.is_empty() {
        return Err(Unread::new(Why::Empty));
    }
    let unknown = || Unread::new(Why::Unknown);
    let (is_negative, bare) = match bare.strip_prefix(['-', '−', '–']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, bare.strip_prefix('+').unwrap_or(bare).trim_start()),
    };
    let (mut groups, mut signs) = (vec![String::new()], Vec::new());
    for c in bare.chars() {
        match c {
            '0'..='9' => groups.last_mut().ok_or_else(unknown)?.push(c),
            '.' | ',' => signs.push(c),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' => signs.push(' '),
            _ => return Err(unknown()),
        }
        if groups.len() <= signs.len() {
            groups.push(String::new());
        }
    }
    if groups.iter().map(String::len).sum::<usize>() == 0 {
        return Err(unknown());
    }
    if groups.iter().map(|group| group.trim_start_matches('0').len()).sum::<usize>() > MOST_DIGITS {
        return Err(Unread::new(Why::Range));
    }
    let last = signs.last().copied();
    let often = |sign: char| signs.iter().filter(|known| **known == sign).count();
    let thousands = grouped(&groups, &signs);
    let decimal = match last {
        // What comes once, and after all others, parts the fraction.
        Some(sign) if sign != ' ' && often(sign) == 1 => {
            let (before, part) = (&groups[..groups.len() - 1], &groups[groups.len() - 1]);
            let whole = before.concat();
            let fits = signs.len() == 1 || grouped(before, &signs[..signs.len() - 1]);
            let says = !whole.is_empty() || !part.is_empty();
            (fits && says).then(|| Decimal::new(is_negative, &whole, part))
        }
        None => Some(Decimal::new(is_negative, &groups[0], "")),
        _ => None,
    };
    match (decimal, thousands && last.is_some()) {
        (Some(decimal), true) if signs.len() == 1 && last != Some(' ') => {
            let whole = Decimal::new(is_negative, &groups.concat(), "");
            Err(Unread::offering(Why::Two, [whole, decimal].iter().map(|it| show_number(it, language))))
        }
        (Some(decimal), false) => Ok(decimal),
        (_, true) => Ok(Decimal::new(is_negative, &groups.concat(), "")),
        (None, false) => Err(unknown()),
    }
}

/// Whether groups of three stand behind one of up to three, always with the same sign between.
fn grouped(groups: &[String], signs: &[char]) -> bool {
    let Some((first, rest)) = groups.split_first() else { return false };
    let alike = signs.windows(2).all(|pair| pair[0] == pair[1]);
    alike && (1..=3).contains(&first.len()) && !first.starts_with('0') && rest.iter().all(|group| group.len() == 3)
}

/// Letters that look like digits become those; what else is no number goes.
fn mended(text: &str) -> String {
    let alike = text.chars().map(|c| match c {
        'o' | 'O' => '0',
        'l' | 'I' | '|' => '1',
        other => other,
    });
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    let part = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '−' | ' ');
    let kept: String = alike.filter(part).collect();
    if has_digit { kept.trim_matches([' ', '.', ',']).to_owned() } else { String::new() }
}
