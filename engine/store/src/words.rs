//! Closed lists as the database spells them.

use program::{Phase, StreamClass};

use crate::{MessageStatus, ProgramState, TokenStatus, UnknownEvents, outbox::Refusal};

/// A closed list whose items have one word each.
pub(crate) trait Word: Copy + PartialEq + Sized + 'static {
    const WORDS: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(item, _)| *item == self).map_or("", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(item, _)| *item)
    }
}

macro_rules! words {
    ($($type:ident: $($item:ident $word:literal),*;)*) => {$(
        impl Word for $type {
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$item, $word)),*];
        }
    )*};
}

words! {
    Phase: Arrived "arrived", Due "due";
    StreamClass: Operational "operational", Marketing "marketing";
    TokenStatus: Ready "ready", Done "done", Failed "failed", Held "held", Ejected "ejected";
    ProgramState: Draft "draft", Live "live", Paused "paused",
        Finishing "finishing", Stopped "stopped", Archived "archived";
    Refusal: Program "program", Queue "queue", Consent "consent", HandOvers "hand_overs", Unknowns "unknowns";
    UnknownEvents: Register "register", Refuse "refuse";
    // `handing_over` is what a leased row with `handing` is called; the column never holds it.
    MessageStatus: Queued "queued", Leased "leased", HandingOver "handing_over", Sent "sent", Failed "failed",
        Unknown "unknown", Blocked "blocked", Skipped "skipped", Held "held";
}
