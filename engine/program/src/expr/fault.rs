//! What can be wrong with an expression: one sentence each, written and read back as those of a
//! [`Finding`](crate::Finding), of which it is a part.

use super::{MAX_DEPTH, MAX_NODES};
use crate::{brief, sentence::sentences};

/// The function that stands where something is missing; what was typed there is its text.
pub(super) const MISSING: &str = "missing";

sentences! {
    /// Why an expression cannot be used, without its place.
    Fault:

    /// It is not there.
    Empty = "the expression is empty; write one, such as event.total > 100";
    /// It is too long.
    TooLong { bytes: usize, most: usize } = "the expression has {bytes} bytes; at most {most} are read";
    /// It has too many brackets in brackets.
    TooDeep { most: usize } =
        "parts stand in each other more than {most} deep; make the expression simpler";
    /// A word that means nothing.
    UnknownWord { word: String, known: String } = "\"{word}\" is not known; known are {known}";
    /// A function that is not there.
    UnknownFunction { function: String, known: String } = "function \"{function}\" is not known; known are {known}";
    /// A place where nothing is filled in yet.
    Missing = "something is not filled in yet; fill it in, or take the row out";
    /// A place where something is filled in that cannot be read.
    Unread { typed: String } = "\"{typed}\" cannot be read; correct it, or take the row out";
    /// A count of nothing.
    CountParts = "count takes an event and a length of time: write count(\"order.placed\", duration(\"365d\"))";
    /// A count of what is not a name.
    CountEvent = "count takes the event's name as text: write count(\"order.placed\", duration(\"365d\"))";
    /// A count without an end.
    CountTime = "count takes a length of time: write count(\"order.placed\", duration(\"365d\"))";
    /// A length of time that is no text.
    DurationText = "duration takes a text, as in duration(\"365d\")";
    /// A length of time that is something else.
    DurationForm = "a length of time is written duration(\"365d\")";
    /// It stops in the middle.
    EndsEarly = "the expression ends where something is still to come; write the rest";
    /// A sign that must be there.
    Awaited { sign: String } = "\"{sign}\" is missing here";
    /// Something that no expression has at this place.
    Unfit { found: String } = "\"{found}\" cannot stand here; take it out, or join the parts by && or ||";
    /// Quotes that are never closed.
    OpenText = "the text that begins here has no end; close it with the quotes that it begins with";
    /// A word that the language keeps for itself.
    Reserved { word: String } = "\"{word}\" is a word of the language itself; use another name";
    /// Digits that are no number.
    BadNumber = "this number cannot be read; write one such as 100 or 49.9";
    /// It is too large for the parser.
    TooManyParts { most: usize } = "the expression has more than {most} parts; make it simpler";
    /// What only the parser has words for.
    Unclear { said: String } = "the expression cannot be read: {said}";
}

impl Fault {
    /// What the parser says of this text, from its fault on; other parsers than this version's may say it otherwise.
    pub(super) fn of_parser(said: &str, rest: &str) -> Self {
        let said = said.strip_prefix("Syntax error: ").unwrap_or(said);
        let quoted = |text: &str| Some(brief::name(text.split_once('\'')?.1.rsplit_once('\'')?.0));
        if let Some(word) = said.strip_prefix("reserved identifier: ") {
            return Self::Reserved { word: brief::name(word) };
        }
        if said.starts_with("unterminated string") || said.starts_with("unterminated bytes") {
            return Self::OpenText;
        }
        if said.contains(" literal") {
            return Self::BadNumber;
        }
        if said.starts_with("expression recursion limit") {
            return Self::TooDeep { most: MAX_DEPTH };
        }
        if said.starts_with("expression count exceeds limit") {
            return Self::TooManyParts { most: MAX_NODES };
        }
        let wanted = said.rsplit_once("expecting ").map(|(_, wanted)| wanted).or(said.strip_prefix("expected "));
        match (wanted, found(rest)) {
            (Some(wanted), _) if wanted.starts_with('\'') => quoted(wanted)
                .map_or_else(|| Self::Unclear { said: brief::message(said) }, |sign| Self::Awaited { sign }),
            (Some(_), None) => Self::EndsEarly,
            (None, None) if said == "unexpected token" => Self::EndsEarly,
            (Some(_), Some(found)) => Self::Unfit { found },
            (None, Some(found)) if said.starts_with("unexpected ") || said.starts_with("token recognition") => {
                Self::Unfit { found }
            }
            _ => Self::Unclear { said: brief::message(said) },
        }
    }
}

/// The word or sign with which a text begins.
fn found(rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    let first = rest.chars().next()?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
    Some(brief::name(&rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sentence, with parts as awkward as they come.
    pub(super) fn samples() -> Vec<Fault> {
        let word = || "evnt.\"x\"".to_owned();
        vec![
            Fault::Empty,
            Fault::TooLong { bytes: 5_000, most: 4_096 },
            Fault::TooDeep { most: 150 },
            Fault::UnknownWord { word: word(), known: "contact, event".into() },
            Fault::UnknownFunction { function: word(), known: "count, duration".into() },
            Fault::Missing,
            Fault::Unread { typed: "49,5o".into() },
            Fault::CountParts,
            Fault::CountEvent,
            Fault::CountTime,
            Fault::DurationText,
            Fault::DurationForm,
            Fault::EndsEarly,
            Fault::Awaited { sign: ")".into() },
            Fault::Unfit { found: "and".into() },
            Fault::OpenText,
            Fault::Reserved { word: "for".into() },
            Fault::BadNumber,
            Fault::TooManyParts { most: 2_000 },
            Fault::Unclear { said: "\"x\" is missing here".into() },
            Fault::Text("unexpected token".into()),
        ]
    }

    #[test]
    fn what_the_parser_says_becomes_a_sentence() {
        for (source, fault) in [
            ("event.total >", Fault::EndsEarly),
            ("event.total > 1 &&", Fault::EndsEarly),
            ("(event.total > 1", Fault::Awaited { sign: ")".into() }),
            ("event.lines[0", Fault::Awaited { sign: "]".into() }),
            ("event.total > 1 and contact.opt_in", Fault::Unfit { found: "and".into() }),
            ("event.total = 1", Fault::Unfit { found: "=".into() }),
            ("event.total > > 1", Fault::Unfit { found: ">".into() }),
            ("event.total > )", Fault::Unfit { found: ")".into() }),
            ("event.name == \"Anna", Fault::OpenText),
            ("for > 1", Fault::Reserved { word: "for".into() }),
            ("event.total > 99999999999999999999", Fault::BadNumber),
            ("event.total > 49eur", Fault::BadNumber),
            ("event.total > 1 & contact.opt_in", Fault::Unfit { found: "&".into() }),
            ("contact.name == \"Zoë\" und so", Fault::Unfit { found: "und".into() }),
            (&"(".repeat(400), Fault::TooDeep { most: MAX_DEPTH }),
            ("event.total > 1 ? 2", Fault::Awaited { sign: ":".into() }),
        ] {
            let error = crate::Expr::new(source).error().unwrap_or_else(|| panic!("{source}")).clone();
            assert_eq!(Fault::read(&error.message), fault, "{source}: {error}");
        }
    }
}
