//! Events come in: many requests, few commits.

use program::{EventType, Object, Time, WorkspaceId};
use store::{Ingested, NewAttachment, Store, Who};

use crate::{Clock, IngestConfig, Wake, plans::Plans};

/// Takes events in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest {}

/// One event as a caller sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Whose event it is.
    pub who: Who,
    /// What the call says of the contact.
    pub attributes: Object,
    /// Whether marketing mail is allowed, if the call says so.
    pub opt_in: Option<bool>,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// When it happened, if not now.
    pub occurred_at: Option<Time>,
    /// The caller's own id of the event: a second event with the same key is a duplicate.
    pub key: Option<String>,
    /// Files for the mails that follow.
    pub attachments: Vec<NewAttachment>,
}

/// Why events were not taken in. Nothing of the request was stored, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// Too much waits already: try again a little later.
    #[error("too many events are waiting to be stored")]
    Full,
    /// The database is away: try again later. With a key per event that is safe in any case.
    #[error("events cannot be stored now: {0}")]
    Unavailable(String),
    /// This node is going down: try again, another node or the next start will answer.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The request cannot be stored as it is: do not try again.
    #[error("{0}")]
    Rejected(String),
}

impl Ingest {
    /// Starts the committer.
    pub fn start(store: Store, clock: Clock, wake: Wake, plans: Plans, config: IngestConfig) -> Self {
        let _ = (store, clock, wake, plans, config);
        todo!()
    }

    /// Stores a request's events, at most 1,000, all in one commit; the answers are in their order.
    /// Returns when they are on disk.
    pub async fn submit(&self, workspace: WorkspaceId, events: Vec<Incoming>) -> Result<Vec<Ingested>, IngestError> {
        let _ = (workspace, events);
        todo!()
    }

    /// Takes nothing in any more and waits until everything that was taken in is stored.
    pub async fn close(&self) {
        todo!()
    }
}
