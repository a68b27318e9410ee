//! Stores events: one transaction per call, whatever the number of events.

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
    /// What the call says of the contact. Merged: for each name the value that was stated last wins.
    pub attributes: Object,
    /// Whether marketing mail is allowed, if the call says so.
    pub opt_in: Option<bool>,
    /// What happened.
    pub event: EventType,
    /// The payload. Several events may share it.
    pub data: Arc<Object>,
    /// When it happened, as its sender says. A time in the future counts as the time of arrival.
    pub occurred_at: Time,
    /// The caller's own id of the event. The same event with it is a duplicate; another event with it is refused.
    pub key: Option<String>,
    /// Files for the mails that follow.
    pub attachments: Vec<NewAttachment>,
    /// The tokens it starts, as the routing says.
    pub tokens: Vec<NewToken>,
    /// Tokens among them whose filter could not be decided, with the reason. They become dead letters at their entry.
    pub undecided: Vec<(TokenId, Reason)>,
    /// Tokens among them that end at their entry, with the reason.
    pub refused: Vec<(TokenId, Reason)>,
}

/// What identifies a contact. One of the two must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Mail address; compared case-insensitively.
    pub email: Option<String>,
    /// The caller's own id of the contact.
    pub external_id: Option<String>,
}

/// The contact of an event, computed from events alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The contact's number. Contacts are numbered as they first occur.
    pub contact: usize,
    /// The names of the contact after this event.
    pub who: Who,
}

/// Tells contacts apart as [`Store::ingest`] does, for events in this order. None if email and external id belong to
/// two contacts.
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
    /// Content. Several events may share it.
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
        /// The tokens it started, including those whose filter could not be decided.
        tokens: Vec<TokenId>,
    },
    /// The same event is stored already under this key. Nothing was changed.
    Duplicate {
        /// The stored event.
        event: EventId,
    },
    /// The type is not registered and the workspace refuses such events.
    UnknownEventType,
    /// Email and external id belong to two different contacts.
    ContactConflict,
    /// Another event has this key: it differs in type, contact or content.
    KeyTaken {
        /// The stored event.
        event: EventId,
    },
    /// It breaks the contract of its type.
    AgainstContract {
        /// The first field that breaks it.
        path: String,
        /// All that breaks it, in words.
        why: String,
    },
    /// The contact would be too large with what the call says of it.
    ContactTooLarge {
        /// How many bytes it would have.
        size: usize,
        /// How many it may have.
        most: usize,
    },
}

/// What became of a batch of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestOutcome {
    /// One answer per event, in order. Committed.
    Done(Vec<Ingested>),
    /// The routing has changed meanwhile, and nothing was written. Load it again and retry.
    StaleRouting,
}

impl Store {
    /// Stores at most 1,000 events, their contacts and their tokens (due at `now`). Idempotent by event id and by key,
    /// so a call whose answer was lost may be repeated.
    pub async fn ingest(
        &self,
        workspace: WorkspaceId,
        now: Time,
        routing_revision: i64,
        events: &[NewEvent],
    ) -> Result<IngestOutcome> {
        self.ingest_within(MAX_CONTACT, workspace, now, routing_revision, events).await
    }

    /// The same, with a bound for the bytes of a contact. A contact that is larger already may become smaller.
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

    /// For events whose key is taken, what an ingest would answer: a duplicate, or a key that belongs to another event.
    /// Reads only, with one stored event at a time in memory.
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
