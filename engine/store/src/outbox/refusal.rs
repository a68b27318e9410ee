//! What forbids a hand-over, as `sql/parts/gate.sql` says it.

use crate::words::{Word as _, words};

/// What forbids a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its program is paused or stopped.
    Program,
    /// An operator holds its queue.
    Queue,
    /// It is marketing mail, and the contact has not opted in, or not any more.
    Consent,
    /// It was handed over as often as a mail is.
    HandOvers,
    /// Its outcome was unknown as often as that may be.
    Unknowns,
}

words! {
    Refusal: Program "program", Queue "queue", Consent "consent", HandOvers "hand_overs", Unknowns "unknowns";
}

impl Refusal {
    pub(super) fn read(word: Option<&str>) -> Option<Self> {
        word.and_then(Self::from_word)
    }
}
