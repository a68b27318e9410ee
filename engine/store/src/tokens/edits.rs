//! Changes of contacts by steps: read under a lock, and written in the claim's transaction.

use std::collections::{BTreeSet, HashMap};

use program::{ContactId, EventType, Object, Time, WorkspaceId};
use uuid::Uuid;

use crate::{Contact, Error, Result, args::Args, contacts, db::Tx, said::Said, sql};

/// A contact after the steps of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactWrite {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The contact.
    pub contact: ContactId,
    /// All of its attributes.
    pub attributes: Object,
    /// The names that were changed or removed.
    pub edited: Vec<String>,
}

/// Locks these contacts in the order in which ingest locks them, and reads them. None if they do not fit into the room.
pub(super) async fn lock(
    tx: &mut Tx,
    ids: impl Iterator<Item = (WorkspaceId, ContactId)>,
    room: &mut usize,
) -> Result<Option<HashMap<ContactId, (Contact, Said)>>> {
    /// The attributes.
    const LARGE: usize = 3;
    let mut ids: Vec<(Uuid, Uuid)> = ids.map(|(workspace, id)| (id.uuid(), workspace.uuid())).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Some(HashMap::new()));
    }
    let args = Args::new().uuids(ids.iter().map(|id| id.1)).uuids(ids.iter().map(|id| id.0));
    let Some(rows) = tx.fetch_within(&sql::contact_lock, args, LARGE, room).await? else { return Ok(None) };
    let read = |row| {
        let (contact, _, said) = contacts::versioned(row)?;
        Ok((contact.id, (contact, said)))
    };
    rows.iter().map(read).collect::<Result<_>>().map(Some)
}

/// Writes them. Returns those that a token waits for to change, each with its workspace. A step has seen what was
/// stated before it, so its values are newer, whatever the clocks of two nodes say.
pub(super) async fn write(
    tx: &mut Tx,
    now: Time,
    said: &HashMap<ContactId, Said>,
    writes: &[ContactWrite],
) -> Result<BTreeSet<(Uuid, Uuid)>> {
    if writes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (mut attributes, mut times) = (Vec::with_capacity(writes.len()), Vec::with_capacity(writes.len()));
    for write in writes {
        let not_locked = || Error::Conflict { what: "contact", why: format!("{} is not locked", write.contact) };
        let mut said = said.get(&write.contact).cloned().ok_or_else(not_locked)?;
        for name in &write.edited {
            let at = now.timestamp_millis().max(said.of(name));
            match write.attributes.contains_key(name) {
                true => said.say(name, at),
                false => said.remove(name, at),
            }
        }
        let text = serde_json::to_string(&write.attributes);
        // PostgreSQL stores no NUL in a text. JSON writes it as an escape, which both databases store.
        attributes.push(text.map_err(|error| Error::Invalid { field: "attributes", why: error.to_string() })?);
        times.push(said.write()?);
    }
    let args = Args::new()
        .time(now)
        .text(EventType::facts().map(ToString::to_string))
        .uuids(writes.iter().map(|write| write.workspace.uuid()))
        .uuids(writes.iter().map(|write| write.contact.uuid()))
        .texts(attributes)
        .texts(times);
    let mut watched = BTreeSet::new();
    for row in tx.fetch(&sql::contact_edit, args).await? {
        let mut row = row.read("contact");
        let (workspace, contact) = (row.get("workspace")?, row.get("id")?);
        if row.get::<bool>("watched")? {
            watched.insert((workspace, contact));
        }
    }
    Ok(watched)
}
