//! Ways in: which events start tokens, and of which contacts.

use super::{Again, MaxAge};
use crate::{EventType, Expr, Facts, Reason};

/// What a node says that lets events start tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WayIn<'a> {
    /// The external event; none while none is chosen.
    pub event: Option<&'a EventType>,
    /// An expression on the event; without it every event of the type enters.
    pub filter: Option<&'a Expr>,
    /// Whether a contact may enter again; none while nothing is decided, which means always.
    pub again: Option<Again>,
    /// How old an event may be.
    pub max_age: MaxAge,
}

impl WayIn<'_> {
    /// Whether an event of the right type enters. An error says why the filter cannot be evaluated, as where the
    /// payload lacks a field that it names: the token then stands at the entry as a dead letter, and is asked again
    /// when it is replayed ([`Facts::undecided`]).
    pub fn admits(&self, facts: &Facts) -> Result<bool, Reason> {
        self.filter.map_or(Ok(true), |filter| filter.holds(facts).map(|(holds, _)| holds))
    }

    /// Whether a step must know when the contact entered before ([`Facts::entered`]).
    pub fn asks_entered(&self) -> bool {
        self.again.is_some_and(|again| again != Again::Always)
    }
}
