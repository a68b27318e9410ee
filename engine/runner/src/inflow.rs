//! The queue between requests with events and the committer.

use std::{sync::Arc, time::Instant};

use program::WorkspaceId;
use store::{Class, Ingested, NewEvent};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Why events were not taken in. As far as is known, nothing of the request was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// Too many events wait already. Retry a little later.
    #[error("too many events are waiting to be stored")]
    Full,
    /// The database is away. Retry later. With a key per event that is always safe.
    #[error("events cannot be stored now: {0}")]
    Unavailable(String),
    /// The database fails until its operator acts. Retry later.
    #[error("events cannot be stored until the database is mended: {0}")]
    Stuck(String),
    /// This node is shutting down. Retry: another node, or the next start, will answer.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The request cannot be stored as it is. Do not retry.
    #[error("{0}")]
    Rejected(String),
}

impl From<&store::Error> for IngestError {
    fn from(error: &store::Error) -> Self {
        match error.class() {
            Class::Client => Self::Rejected(error.to_string()),
            // An event that contradicts stored data gets an answer of its own. This is a conflict of two transactions.
            Class::Conflict | Class::Soon => Self::Unavailable(error.to_string()),
            Class::Operator | Class::Corrupt => Self::Stuck(error.to_string()),
        }
    }
}

/// Why an event was not stored, as a label of metrics.
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

/// The input of the committer.
#[derive(Debug)]
pub(crate) enum Inflow {
    Request(Request),
    /// Answered when everything before it is stored.
    Flush(oneshot::Sender<()>),
}

/// The result of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is stored.
    Stored(Vec<Ingested>),
    /// Nothing of it is stored, because a program was published meanwhile. It has to be routed again.
    Stale(Vec<NewEvent>),
}

/// The events of one request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) workspace: WorkspaceId,
    pub(crate) events: Vec<NewEvent>,
    /// The revision of the routing that gave them their tokens, if any did.
    pub(crate) decided: Option<i64>,
    /// About how many bytes it has.
    pub(crate) bytes: usize,
    pub(crate) answer: oneshot::Sender<Result<Answer, IngestError>>,
    /// Since when it waits for its commit.
    pub(crate) arrived: Instant,
    /// Its place in the queue. It is free again after the answer.
    pub(crate) room: Option<Arc<OwnedSemaphorePermit>>,
}

impl Request {
    /// Frees its place in the queue, and answers. A caller that is gone needs no answer.
    pub(crate) fn reply(self, answer: Result<Answer, IngestError>) {
        drop(self.room);
        let _ = self.answer.send(answer);
    }
}
