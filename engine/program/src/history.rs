//! Questions about a contact's history.

use serde::{Deserialize, Serialize};

use crate::{EventType, Period};

/// One history count: how often the contact had the event in the time up to the step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CountFact {
    /// Which event.
    pub event: EventType,
    /// How far back.
    pub within: Period,
}
