//! Whether two events under one key are the same one. Pure.

use std::sync::Arc;

use program::{EventId, EventType, Object, same_data};

use crate::{
    Ingested, NewEvent, Result, Who,
    row::Row,
    spelling::{email_key, email_keys},
};

/// An event that was first under its key.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) id: EventId,
    event: EventType,
    data: Arc<Object>,
    email_key: Option<String>,
    external_id: Option<String>,
}

impl First {
    /// One of the same batch.
    pub(super) fn new(event: &NewEvent) -> Self {
        Self {
            id: event.id,
            event: event.event.clone(),
            data: event.data.clone(),
            email_key: event.who.email.as_deref().map(email_key),
            external_id: event.who.external_id.clone(),
        }
    }

    /// A stored one, with its key.
    pub(super) fn read(row: &Row) -> Result<(String, Self)> {
        let mut row = row.read("event");
        let id = row.id("id")?;
        let key = row.text("key")?;
        let (event, data) = (row.name("type")?, Arc::new(row.json("data")?));
        let (email_key, external_id) = (row.opt_text("email_key")?, row.opt_text("external_id")?);
        Ok((key, Self { id, event, data, email_key, external_id }))
    }

    /// What becomes of an event with the same key. Numbers may be written otherwise, if they mean the same. When it happened is not asked: who sends again may say when it does
    /// so. Of a contact that was renamed meanwhile one name is enough.
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
