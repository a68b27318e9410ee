//! Events that came in, and their types.

use program::{ContactId, EventId, EventType, Object, Time, TokenId, WorkspaceId};

use std::collections::HashMap;

use crate::{
    Error, Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    row::Row,
    sql,
};

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
    /// Events, without what they bring along.
    pub async fn events(&self, workspace: WorkspaceId, filter: &EventFilter, paging: &Paging) -> Result<Page<Event>> {
        let event = filter.event.as_ref().map(|event| event.as_str().to_owned());
        let args = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch()).text(event);
        let rows = match filter.contact {
            None => self.db.fetch_list(&sql::event_list, args).await?,
            Some(contact) => self.db.fetch_list(&sql::event_list_of_contact, args.uuid(contact.uuid())).await?,
        };
        let mut page = page::collect(&rows, paging, read, |event| Cursor::Id(event.id.uuid()))?;
        self.add_tokens(workspace, &mut page.items).await?;
        Ok(page)
    }

    /// One event.
    pub async fn event(&self, workspace: WorkspaceId, id: EventId) -> Result<Event> {
        let mut events = self.by_id(&sql::event_by_id, workspace, &[id]).await?;
        events.pop().ok_or(Error::NotFound { what: "event" })
    }

    /// What an event says of its contact and was said before what is known: names of attributes, `opt_in` among them.
    pub async fn passed_over(&self, workspace: WorkspaceId, id: EventId) -> Result<Vec<String>> {
        let rows = self.db.fetch(&sql::event_passed_over, Args::new().uuid(workspace.uuid()).uuid(id.uuid())).await?;
        let row = rows.first().ok_or(Error::NotFound { what: "event" })?;
        Ok(row.read("event").opt_json("passed_over")?.unwrap_or_default())
    }

    /// The known event types, by name.
    pub async fn event_types(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<EventTypeRow>> {
        let after = paging.after.clone().unwrap_or_default();
        let args = Args::new().uuid(workspace.uuid()).text(after).int(paging.fetch());
        let rows = self.db.fetch(&sql::event_type_list, args).await?;
        let read = |row: &Row| {
            let mut row = row.read("event_type");
            Ok(EventTypeRow { event: row.name("name")?, created_at: row.time("created_at")? })
        };
        page::collect(&rows, paging, read, |row| Cursor::Text(row.event.to_string()))
    }

    /// Events by id, without what they bring along, in no order; unknown ids are absent.
    pub(crate) async fn event_heads(&self, workspace: WorkspaceId, ids: &[EventId]) -> Result<Vec<Event>> {
        self.by_id(&sql::event_head_by_id, workspace, ids).await
    }

    async fn by_id(
        &self,
        statement: &'static sql::Statement,
        workspace: WorkspaceId,
        ids: &[EventId],
    ) -> Result<Vec<Event>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let args = Args::new().uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids.iter().map(|id| id.uuid()));
        let rows = self.db.fetch(statement, args).await?;
        let mut events = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        self.add_tokens(workspace, &mut events).await?;
        Ok(events)
    }

    /// Says of each event which tokens it started.
    async fn add_tokens(&self, workspace: WorkspaceId, events: &mut [Event]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let args = Args::new()
            .uuids(events.iter().map(|_| workspace.uuid()))
            .uuids(events.iter().map(|event| event.contact.uuid()))
            .uuids(events.iter().map(|event| event.id.uuid()));
        let mut started: HashMap<EventId, Vec<TokenId>> = HashMap::new();
        for row in self.db.fetch(&sql::token_of_event, args).await? {
            let mut row = row.read("token");
            let token = row.id("id")?;
            started.entry(row.id("event")?).or_default().push(token);
        }
        for event in events {
            event.tokens = started.remove(&event.id).unwrap_or_default();
            event.tokens.sort_unstable();
        }
        Ok(())
    }
}

fn read(row: &Row) -> Result<Event> {
    let mut row = row.read("event");
    Ok(Event {
        id: row.id("id")?,
        contact: row.id("contact")?,
        event: row.name("type")?,
        data: row.json("data")?,
        key: row.opt_text("key")?,
        occurred_at: row.time("occurred_at")?,
        received_at: row.time("received_at")?,
        tokens: Vec::new(),
    })
}

/// What templates and conditions see of it.
pub(crate) fn data(row: &Row) -> Result<EventData> {
    let event = read(row)?;
    Ok(EventData { id: event.id, event: event.event, data: event.data, occurred_at: event.occurred_at })
}
