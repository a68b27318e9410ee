//! What can be wrong with an expression: one sentence each, written and read back as those of a
//! [`Finding`](crate::Finding), of which it is a part.

use crate::sentence::sentences;

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
            Fault::Text("unexpected token".into()),
        ]
    }
}
