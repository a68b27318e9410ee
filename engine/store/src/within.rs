//! Contacts and events by id, as far as they fit into memory. A claim and a lease load them.

use std::collections::HashMap;

use program::{ContactId, EventId, WorkspaceId};
use uuid::Uuid;

use crate::{Contact, EventData, Result, args::Args, contacts, db::Tx, events, row::Row, sql};

/// Contacts by id, each once. None if their attributes need more than the room.
pub(crate) async fn contacts_within(
    tx: &mut Tx,
    ids: impl Iterator<Item = (WorkspaceId, ContactId)>,
    room: &mut usize,
) -> Result<Option<HashMap<ContactId, Contact>>> {
    let ids = ids.map(|(workspace, id)| (workspace.uuid(), id.uuid()));
    let Some(rows) = by_id(tx, &sql::contact_by_id, ids, room).await? else { return Ok(None) };
    rows.into_iter()
        .map(|row| contacts::read(&row).map(|contact| (contact.id, contact)))
        .collect::<Result<_>>()
        .map(Some)
}

/// Events by id, each once. None if their data needs more than the room.
pub(crate) async fn events_within(
    tx: &mut Tx,
    ids: impl Iterator<Item = (WorkspaceId, EventId)>,
    room: &mut usize,
) -> Result<Option<HashMap<EventId, EventData>>> {
    let ids = ids.map(|(workspace, id)| (workspace.uuid(), id.uuid()));
    let Some(rows) = by_id(tx, &sql::event_by_id, ids, room).await? else { return Ok(None) };
    rows.into_iter().map(|row| events::data(&row).map(|event| (event.id, event))).collect::<Result<_>>().map(Some)
}

async fn by_id(
    tx: &mut Tx,
    statement: &'static sql::Statement,
    ids: impl Iterator<Item = (Uuid, Uuid)>,
    room: &mut usize,
) -> Result<Option<Vec<Row>>> {
    /// The attributes of a contact, the data of an event.
    const LARGE: usize = 3;
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let args = Args::new().uuids(ids.iter().map(|id| id.0)).uuids(ids.iter().map(|id| id.1));
    tx.fetch_within(statement, args, LARGE, room).await
}
