//! Reads what is stored of the contacts and the keys of a batch. Small events may belong to large contacts, so the
//! bytes are bounded. If they do not fit, nothing is returned, and the batch is split.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Ingested, NewEvent, batch::Batch, merge::Stored, same::First};
use crate::{Result, contacts, db::Tx, row::Row, spelling::email_keys, sql};

/// The most bytes of text that are read for one transaction; see [`program::weight`].
pub(super) const ROOM: usize = 1 << 20;

impl Batch<'_> {
    pub(super) async fn stored_keys(
        &self,
        tx: &mut Tx,
        answers: &[Option<Ingested>],
        room: &mut usize,
    ) -> Result<Option<HashMap<String, First>>> {
        /// The data.
        const LARGE: usize = 3;
        let open = self.events.iter().zip(answers).filter(|(_, answer)| answer.is_none());
        let keys: BTreeSet<&String> = open.filter_map(|(event, _)| event.key.as_ref()).collect();
        let mut stored = HashMap::new();
        if keys.is_empty() {
            return Ok(Some(stored));
        }
        let args = self.rows(keys.len()).texts(keys.into_iter().cloned());
        let Some(rows) = tx.fetch_within(&sql::event_by_key, args, LARGE, room).await? else { return Ok(None) };
        for row in rows {
            let (key, first) = First::read(&row)?;
            stored.insert(key, first);
        }
        Ok(Some(stored))
    }

    pub(super) async fn stored_contacts(
        &self,
        tx: &mut Tx,
        events: &[&NewEvent],
        room: &mut usize,
    ) -> Result<Option<Vec<Stored>>> {
        /// The attributes.
        const LARGE: usize = 3;
        let external_ids: BTreeSet<&String> = events.iter().filter_map(|e| e.who.external_id.as_ref()).collect();
        let emails: BTreeSet<String> =
            events.iter().filter_map(|e| e.who.email.as_deref()).flat_map(email_keys).collect();
        let mut stored = Vec::new();
        if !external_ids.is_empty() {
            let args = self.rows(external_ids.len()).texts(external_ids.into_iter().cloned());
            let Some(rows) = tx.fetch_within(&sql::contact_by_external_id, args, LARGE, room).await? else {
                return Ok(None);
            };
            stored.extend(rows);
        }
        if !emails.is_empty() {
            let args = self.rows(emails.len()).texts(emails);
            let Some(rows) = tx.fetch_within(&sql::contact_by_email, args, LARGE, room).await? else { return Ok(None) };
            stored.extend(rows);
        }
        let mut seen = HashSet::new();
        let mut contacts = Vec::with_capacity(stored.len());
        for row in &stored {
            let read = versioned(row)?;
            if seen.insert(read.contact.id) {
                contacts.push(read);
            }
        }
        Ok(Some(contacts))
    }
}

pub(super) fn versioned(row: &Row) -> Result<Stored> {
    let (contact, revision, said) = contacts::versioned(row)?;
    Ok(Stored { contact, revision, said })
}
