//! The queue between requests with events and the committer.

use std::{sync::Arc, time::Instant};

use program::WorkspaceId;
use store::{Class, Ingested, NewEvent};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Why events were not taken in. Nothing of the request was stored, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// Too much waits already: try again a little later.
    #[error("too many events are waiting to be stored")]
    Full,
    /// The database is away: try again later. With a key per event that is safe in any case.
    #[error("events cannot be stored now: {0}")]
    Unavailable(String),
    /// The database cannot do it until its operator has acted: try again later.
    #[error("events cannot be stored until the database is mended: {0}")]
    Stuck(String),
    /// This node is going down: try again, another node or the next start will answer.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The request cannot be stored as it is: do not try again.
    #[error("{0}")]
    Rejected(String),
}

impl From<&store::Error> for IngestError {
    fn from(error: &store::Error) -> Self {
        match error.class() {
            Class::Client => Self::Rejected(error.to_string()),
            // What of an event stands against what is stored is an answer of its own; this is two that met.
            Class::Conflict | Class::Soon => Self::Unavailable(error.to_string()),
            Class::Operator | Class::Corrupt => Self::Stuck(error.to_string()),
        }
    }
}

/// Why an event was not stored, if it was not: one word of few, for a metric's label.
pub(crate) fn why_not(answer: &Ingested) -> Option<&'static str> {
    match answer {
        Ingested::Accepted { .. } => None,
        Ingested::Duplicate { .. } => Some("duplicate"),
        Ingested::UnknownEventType => Some("unknown_type"),
        Ingested::ContactConflict => Some("contact_conflict"),
        Ingested::KeyTaken { .. } => Some("id_reused"),
        Ingested::ContactTooLarge { .. } => Some("contact_too_large"),
        Ingested::AgainstContract { .. } => Some("contract"),
    }
}

/// What the committer is given.
#[derive(Debug)]
pub(crate) enum Inflow {
    Request(Request),
    /// Answered when all that came before is stored.
    Flush(oneshot::Sender<()>),
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is stored.
    Stored(Vec<Ingested>),
    /// Nothing of it is stored, since it was not decided by what is published now: decide again.
    Stale(Vec<NewEvent>),
}

/// The events of one call.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) workspace: WorkspaceId,
    pub(crate) events: Vec<NewEvent>,
    /// The revision of the routing by which they were given their tokens, if they were.
    pub(crate) decided: Option<i64>,
    /// About how much it brings.
    pub(crate) bytes: usize,
    pub(crate) answer: oneshot::Sender<Result<Answer, IngestError>>,
    /// Since when it waits for its commit to begin.
    pub(crate) arrived: Instant,
    /// Its place in the queue, free again when the call is done with.
    pub(crate) room: Option<Arc<OwnedSemaphorePermit>>,
}

impl Request {
    /// Gives its place in the queue back, and answers. A caller that has gone away needs no answer.
    pub(crate) fn reply(self, answer: Result<Answer, IngestError>) {
        drop(self.room);
        let _ = self.answer.send(answer);
    }
}
