//! Shortens what a message quotes of foreign data: enough to find the place, and never a megabyte.

/// The longest name, key or path, in characters.
const NAME: usize = 200;
/// The longest message, in characters: no sentence of ours comes near it, so what it loses is what was sent.
const MESSAGE: usize = 800;

/// A name, a key or a path of keys, for a message.
pub fn name(text: impl Into<String>) -> String {
    cut(text.into(), NAME)
}

/// A message that may repeat what was sent, such as a reader's.
pub fn message(text: impl Into<String>) -> String {
    cut(text.into(), MESSAGE)
}

/// The text, without its middle where it is longer than so many characters. What was wrong often stands at one end of a
/// message, and what was expected at the other.
fn cut(text: String, most: usize) -> String {
    // No longer in characters than in bytes.
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text;
    }
    let tail = most / 4;
    let byte = |found: Option<(usize, char)>| found.map_or(0, |(byte, _)| byte);
    let (from, to) = (byte(text.char_indices().nth(most - tail - 1)), byte(text.char_indices().nth_back(tail - 1)));
    format!("{}…{}", &text[..from], &text[to..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_middle() {
        for (text, expected) in [
            ("", ""),
            ("abcdefgh", "abcdefgh"),
            ("abcdefghi", "abcde…hi"),
            ("äöüäöüäö", "äöüäöüäö"),
            ("äöüäöüäöü", "äöüäö…öü"),
            ("unknown field `xxxxxxxxx`", "unkno…x`"),
        ] {
            assert_eq!(cut(text.into(), 8), expected);
            assert!(cut(text.into(), 8).chars().count() <= 8);
        }
    }
}
