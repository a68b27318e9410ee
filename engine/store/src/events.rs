//! Events that came in, and their types.

use program::{ContactId, EventId, EventType, Object, Time, TokenId, WorkspaceId};

use crate::{Page, Paging, Result, Store};

/// What templates and conditions see of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventData {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// When it happened.
    pub occurred_at: Time,
}

/// An event that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Whose.
    pub contact: ContactId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// The caller's own id of it.
    pub key: Option<String>,
    /// When it happened.
    pub occurred_at: Time,
    /// When it came in.
    pub received_at: Time,
    /// The tokens it started.
    pub tokens: Vec<TokenId>,
}

/// A file that came with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// File name.
    pub filename: String,
    /// MIME type.
    pub content_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A known event type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTypeRow {
    /// Its name.
    pub event: EventType,
    /// When it was first seen or named by a published program.
    pub created_at: Time,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this type.
    pub event: Option<EventType>,
    /// Of this contact.
    pub contact: Option<ContactId>,
}

impl Store {
    /// Events.
    pub async fn events(&self, workspace: WorkspaceId, filter: &EventFilter, paging: &Paging) -> Result<Page<Event>> {
        let _ = (workspace, filter, paging);
        todo!()
    }

    /// One event.
    pub async fn event(&self, workspace: WorkspaceId, id: EventId) -> Result<Event> {
        let _ = (workspace, id);
        todo!()
    }

    /// The known event types, by name.
    pub async fn event_types(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<EventTypeRow>> {
        let _ = (workspace, paging);
        todo!()
    }

    /// Registers event types; those that are known stay as they are.
    pub async fn register_event_types(&self, workspace: WorkspaceId, events: &[EventType], now: Time) -> Result<()> {
        let _ = (workspace, events, now);
        todo!()
    }
}
