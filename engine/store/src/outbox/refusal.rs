//! What forbids a hand-over, by the words of `sql/parts/gate.sql`.

use crate::words::{Word as _, words};

/// What forbids a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its program is paused or stopped.
    Program,
    /// An operator holds its queue.
    Queue,
    /// It is marketing mail, and the contact has not opted in.
    Consent,
    /// It has reached the bound of hand-overs.
    HandOvers,
    /// It has reached the bound of unknown outcomes.
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
