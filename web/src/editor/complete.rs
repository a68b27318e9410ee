//! PURE: completion in the text of a condition: what may stand where the caret is, and the text once it is chosen.

/// Functions and macros, each with how a use of it begins.
const FUNCTIONS: [(&str, &str); 10] = [
    ("count", "count(\""),
    ("duration", "duration(\""),
    ("size", "size("),
    ("has", "has("),
    ("contains", "contains(\""),
    ("startsWith", "startsWith(\""),
    ("endsWith", "endsWith(\""),
    ("exists", "exists("),
    ("timestamp", "timestamp("),
    ("now", "now"),
];
/// The most that are offered at once.
const MOST: usize = 8;

/// What is known beside the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// Fields with their subject: `event.total`; each with what was seen of it.
    pub fields: Vec<(String, String)>,
    /// Values that were seen, by field.
    pub values: Vec<(String, Vec<String>)>,
    /// Events that may be counted.
    pub events: Vec<String>,
}

/// What is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// Where what is written begins that the choice stands for, in bytes.
    pub from: usize,
    /// What may be chosen, and a note on it.
    pub list: Vec<(String, String)>,
}

/// What may stand at this place, in bytes. Within quotes, values of the field before; else fields and functions that begin
/// as the word there.
pub fn offers(text: &str, at: usize, words: &Words) -> Offers {
    let before = text.get(..at).unwrap_or(text);
    match open_quote(before) {
        Some(quote) => values(before, quote, words),
        None => names(before, words),
    }
}

/// The text with a choice in the place of what is written or selected, and where the caret stands then, in bytes.
pub fn put(text: &str, from: usize, to: usize, choice: &str) -> (String, usize) {
    let (Some(head), Some(tail)) = (text.get(..from), text.get(to.max(from)..)) else {
        return (text.to_owned(), text.len());
    };
    (format!("{head}{choice}{tail}"), from + choice.len())
}

/// A place that a browser counts in UTF-16 units, in bytes.
pub fn bytes(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

/// The other way round.
pub fn units(text: &str, bytes: usize) -> u32 {
    text.get(..bytes).unwrap_or(text).encode_utf16().count().try_into().unwrap_or(u32::MAX)
}

/// Where a text begins that is still open, behind its quote.
fn open_quote(before: &str) -> Option<usize> {
    let (mut open, mut is_escaped) = (None, false);
    for (at, c) in before.char_indices() {
        match (open, c) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some((quote, _)), c) if c == quote => open = None,
            (None, '"' | '\'') => open = Some((c, at + 1)),
            _ => {}
        }
    }
    open.map(|(_, at)| at)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

/// Where the word begins that stands at the end.
fn word(text: &str) -> usize {
    text.char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(text.len(), |(at, _)| at)
}

fn names(before: &str, words: &Words) -> Offers {
    let from = word(before);
    let typed = &before[from..];
    // A list's item, or a text's function: `line.st`.
    let last = typed.rfind('.').map_or(from, |dot| from + dot + 1);
    let fits =
        |name: &str, typed: &str| name.len() > typed.len() && name.to_lowercase().starts_with(&typed.to_lowercase());
    let fields = words.fields.iter().filter(|(name, _)| !typed.is_empty() && fits(name, typed)).cloned();
    let list: Vec<_> = fields.take(MOST).collect();
    if !list.is_empty() {
        return Offers { from, list };
    }
    let part = &before[last..];
    let functions = FUNCTIONS.iter().filter(|(name, _)| !part.is_empty() && fits(name, part));
    Offers { from: last, list: functions.map(|(_, begins)| ((*begins).to_owned(), String::new())).take(MOST).collect() }
}

fn values(before: &str, from: usize, words: &Words) -> Offers {
    let typed = before[from..].to_lowercase();
    // What comes before the quote, without what stands between a field and its value.
    let lead = before[..from - 1].trim_end();
    let chosen: Vec<String> = if lead.ends_with("count(") {
        words.events.clone()
    } else {
        let field = lead.trim_end_matches(|c: char| !is_word(c) && c != ']');
        let field = field.strip_suffix(" in").unwrap_or(field).trim_end();
        let name = &field[word(field)..];
        let name = ["contains", "startsWith", "endsWith"]
            .iter()
            .find_map(|call| name.strip_suffix(&format!(".{call}")))
            .unwrap_or(name);
        words.values.iter().find(|(known, _)| known == name).map(|(_, values)| values.clone()).unwrap_or_default()
    };
    let list =
        chosen.into_iter().filter(|value| value.to_lowercase().starts_with(&typed) && value.to_lowercase() != typed);
    Offers { from, list: list.take(MOST).map(|value| (value, String::new())).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let field = |name: &str| (name.to_owned(), "number".to_owned());
        Words {
            fields: ["event.total", "event.total_before_tax", "event.tier", "contact.tier"].map(field).to_vec(),
            values: vec![("contact.tier".into(), vec!["gold".into(), "silver".into()])],
            events: vec!["order.placed".into(), "mail.opened".into()],
        }
    }

    #[test]
    fn offers_what_may_stand_there() {
        for (text, expected) in [
            ("event.to|", "0 event.total event.total_before_tax"),
            ("size(x) > 1 && ev|", "15 event.total event.total_before_tax event.tier"),
            ("event.total|", "0 event.total_before_tax"),
            ("EVENT.TI|", "0 event.tier"),
            ("co|", "0 contact.tier"),
            ("cou|", "0 count(\""),
            ("event.name.st|", "11 startsWith(\""),
            ("contact.tier == \"|", "17 gold silver"),
            ("contact.tier == \"s|", "17 silver"),
            ("contact.tier in [\"gold\", \"s|", "26 "),
            ("contact.tier.startsWith(\"|", "25 gold silver"),
            ("count(\"|", "7 order.placed mail.opened"),
            ("count(\"m|\", 1)", "7 mail.opened"),
            ("|", "0 "),
            ("event.total > |", "14 "),
        ] {
            let at = text.find('|').unwrap();
            let Offers { from, list } = offers(&text.replace('|', ""), at, &words());
            let list: Vec<_> = list.into_iter().map(|(name, _)| name).collect();
            assert_eq!(format!("{from} {}", list.join(" ")), expected, "{text}");
        }
    }

    #[test]
    fn a_choice_takes_the_place_of_what_is_selected() {
        assert_eq!(put("event.to > 5", 0, 8, "event.total"), ("event.total > 5".into(), 11));
        assert_eq!(put("a && b", 5, 6, "event.total"), ("a && event.total".into(), 16));
        assert_eq!(put("ä == ", 6, 6, "x"), ("ä == x".into(), 7));
    }

    #[test]
    fn places_beyond_ascii_are_the_same() {
        let text = "ä🙂b";
        for (units_at, bytes_at) in [(0, 0), (1, 2), (3, 6), (4, 7), (9, 7)] {
            assert_eq!(bytes(text, units_at), bytes_at);
        }
        assert_eq!(units(text, 6), 3);
    }
}
