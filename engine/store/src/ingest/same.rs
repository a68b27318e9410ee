//! Whether two events with the same key are the same event. Pure.

use std::sync::Arc;

use program::{EventId, EventType, Object, same_data};

use crate::{
    Ingested, NewEvent, Result, Who,
    row::Row,
    spelling::{email_key, email_keys},
};

/// The first event with its key.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) id: EventId,
    event: EventType,
    data: Arc<Object>,
    email_key: Option<String>,
    external_id: Option<String>,
}

impl First {
    /// From an event of the same batch.
    pub(super) fn new(event: &NewEvent) -> Self {
        Self {
            id: event.id,
            event: event.event.clone(),
            data: event.data.clone(),
            email_key: event.who.email.as_deref().map(email_key),
            external_id: event.who.external_id.clone(),
        }
    }

    /// From a stored event, with its key.
    pub(super) fn read(row: &Row) -> Result<(String, Self)> {
        let mut row = row.read("event");
        let id = row.id("id")?;
        let key = row.text("key")?;
        let (event, data) = (row.name("type")?, Arc::new(row.json("data")?));
        let (email_key, external_id) = (row.opt_text("email_key")?, row.opt_text("external_id")?);
        Ok((key, Self { id, event, data, email_key, external_id }))
    }

    /// The answer to an event with the same key. Numbers that mean the same are equal, however they are written. The
    /// time of the event is not compared, because a sender may state the time of sending. If the contact was renamed
    /// meanwhile, one equal name is enough.
    pub(super) fn answer(&self, event: &NewEvent) -> Ingested {
        let same = self.id == event.id
            || self.event == event.event && same_data(&self.data, &event.data) && self.is_of(&event.who);
        if same { Ingested::Duplicate { event: self.id } } else { Ingested::KeyTaken { event: self.id } }
    }

    fn is_of(&self, who: &Who) -> bool {
        let stored = self.email_key.as_ref();
        who.email.as_deref().is_some_and(|email| stored.is_some_and(|key| email_keys(email).contains(key)))
            || (who.external_id.is_some() && who.external_id == self.external_id)
    }
}
