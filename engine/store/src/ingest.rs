//! Events come in: one transaction per call, whatever the number of events.

use std::{collections::HashMap, sync::Arc};

use program::{
    ContactId, EventId, EventType, NodeId, Object, ProgramId, Reason, Time, TokenId, VersionId, WorkspaceId,
};

use crate::{Result, Store, args::Args, sql};

pub use program::MAX_CONTACT;

mod batch;
mod merge;
mod same;
mod stored;
mod write;

#[cfg(feature = "raw")]
pub(crate) use write::insert_tokens;

/// One event to be taken in, with the tokens it starts.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// The contact's id, used if the contact is new.
    pub contact_id: ContactId,
    /// Whose event it is.
    pub who: Who,
    /// What the call says of the contact; merged, the newest word by its own time wins.
    pub attributes: Object,
    /// Whether marketing mail is allowed, if the call says so.
    pub opt_in: Option<bool>,
    /// What happened.
    pub event: EventType,
    /// The payload; one may be that of several events.
    pub data: Arc<Object>,
    /// When it happened, as its sender says; what is ahead of our clock counts from when it came in.
    pub occurred_at: Time,
    /// The caller's own id of the event: the same event once more is a duplicate, another one is refused.
    pub key: Option<String>,
    /// Files for the mails that follow.
    pub attachments: Vec<NewAttachment>,
    /// The tokens it starts, as the routing says.
    pub tokens: Vec<NewToken>,
    /// Those of them that cannot be decided about, and why: they stand at their entry as dead letters.
    pub undecided: Vec<(TokenId, Reason)>,
}

/// What identifies a contact. One of the two must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Mail address; compared without regard to case.
    pub email: Option<String>,
    /// The caller's own id of the contact.
    pub external_id: Option<String>,
}

/// Whose an event is, where nothing but events is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The contact's number, in the order in which they are first met.
    pub contact: usize,
    /// What the contact is known by from then on.
    pub who: Who,
}

/// Tells contacts apart as [`Store::ingest`] does, for events in this order; none where email and external id are two
/// contacts'.
pub fn tell_apart(events: &[Who]) -> Vec<Option<Told>> {
    merge::Merge::tell(events)
}

/// A file that came with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// File name.
    pub filename: String,
    /// MIME type.
    pub content_type: String,
    /// Content; one may be that of several events.
    pub bytes: Arc<Vec<u8>>,
}

/// A token that an event starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// At which entry node.
    pub node: NodeId,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingested {
    /// Stored.
    Accepted {
        /// The event.
        event: EventId,
        /// Whose it is.
        contact: ContactId,
        /// The tokens it started, those that could not be decided about among them.
        tokens: Vec<TokenId>,
    },
    /// This event is there already, under this key; nothing was changed.
    Duplicate {
        /// The event that was first.
        event: EventId,
    },
    /// The type is not registered and the workspace refuses such events.
    UnknownEventType,
    /// Email and external id belong to two different contacts.
    ContactConflict,
    /// Another event has this key: of another type, contact or content.
    KeyTaken {
        /// The event that was first.
        event: EventId,
    },
    /// It stands against the contract of its type.
    AgainstContract {
        /// The first field that does.
        path: String,
        /// All that does, in words.
        why: String,
    },
    /// The contact would hold too much with what the call says of it.
    ContactTooLarge {
        /// How many bytes it would hold.
        size: usize,
        /// How many it may.
        most: usize,
    },
}

/// What became of a batch of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestOutcome {
    /// One answer per event, in order. Committed.
    Done(Vec<Ingested>),
    /// The routing has changed since; nothing was written. Reload it and try again.
    StaleRouting,
}

impl Store {
    /// Stores at most 1,000 events, their contacts and their tokens (due at `now`).
    /// Idempotent by event id and by key, so that a call whose answer was lost may be repeated.
    pub async fn ingest(
        &self,
        workspace: WorkspaceId,
        now: Time,
        routing_revision: i64,
        events: &[NewEvent],
    ) -> Result<IngestOutcome> {
        self.ingest_within(MAX_CONTACT, workspace, now, routing_revision, events).await
    }

    /// The same, with contacts of at most so many bytes. One that holds more already may become smaller.
    pub async fn ingest_within(
        &self,
        max_contact: usize,
        workspace: WorkspaceId,
        now: Time,
        routing_revision: i64,
        events: &[NewEvent],
    ) -> Result<IngestOutcome> {
        let batch = batch::Batch { workspace, now, routing_revision, max_contact, events: &[] };
        write::ingest(&self.db, events, batch).await
    }

    /// What an ingest would say of those of these events whose key is taken: that they are duplicates, or that the key is
    /// another event's. Reads only; of what is stored one event at a time is in memory.
    pub async fn taken_keys(&self, workspace: WorkspaceId, events: &[&NewEvent]) -> Result<Vec<Option<Ingested>>> {
        let mut answers = vec![None; events.len()];
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            if let Some(key) = &event.key {
                places.entry(key).or_default().push(at);
            }
        }
        if places.is_empty() {
            return Ok(answers);
        }
        let args = Args::new()
            .uuids(places.keys().map(|_| workspace.uuid()))
            .texts(places.keys().map(|key| (*key).to_owned()));
        let compare = |row| {
            let (key, first) = same::First::read(&row)?;
            for at in places.get(key.as_str()).into_iter().flatten() {
                answers[*at] = Some(first.answer(events[*at]));
            }
            Ok(())
        };
        let rows = self.db.fetch_kept(&sql::event_by_key, args, usize::MAX, compare).await?;
        rows.into_iter().collect::<Result<()>>()?;
        Ok(answers)
    }
}
