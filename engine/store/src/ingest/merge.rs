//! Which contact each event belongs to, and what becomes of the contact. Pure.

use std::collections::{HashMap, HashSet};

use program::{ContactId, Object};

use super::Told;
use crate::{
    Contact, NewEvent, Who,
    spelling::{email_key, lower},
};

/// A contact as it will be written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: ContactId,
    pub(super) external_id: Option<String>,
    pub(super) email: Option<String>,
    pub(super) attributes: Object,
    pub(super) opt_in: Option<bool>,
    /// As read; none for a new one.
    pub(super) revision: Option<i64>,
    pub(super) changed: bool,
}

/// All contacts of a batch, and whose each event is; none where email and external id are two contacts'.
#[derive(Debug, Default)]
pub(super) struct Merge {
    pub(super) drafts: Vec<Draft>,
    pub(super) owners: Vec<Option<usize>>,
    by_external_id: HashMap<String, usize>,
    by_email: HashMap<String, usize>,
    /// Addresses as stored: one that is given up in this batch is free only after it.
    taken: HashSet<String>,
}

impl Merge {
    /// Later events win over earlier ones, and all over what is stored.
    pub(super) fn new(stored: &[(Contact, i64)], events: &[&NewEvent]) -> Self {
        let mut merge = Self::default();
        for (contact, revision) in stored {
            merge.push(Draft {
                id: contact.id,
                external_id: contact.external_id.clone(),
                email: contact.email.clone(),
                attributes: contact.attributes.clone(),
                opt_in: contact.opt_in,
                revision: Some(*revision),
                changed: false,
            });
        }
        merge.taken = merge.by_email.keys().cloned().collect();
        for event in events {
            let owner = merge.owner(&event.who, event.contact_id);
            if let Some(at) = owner {
                merge.drafts[at].learn(event);
            }
            merge.owners.push(owner);
        }
        merge
    }

    /// Whose each of these would be, taken in one after the other by a database that knows nobody.
    pub(super) fn tell(events: &[Who]) -> Vec<Option<Told>> {
        let mut merge = Self::default();
        let told = |who: &Who| {
            let contact = merge.owner(who, ContactId::from(uuid::Uuid::nil()))?;
            let Draft { email, external_id, .. } = &merge.drafts[contact];
            let who = Who { email: email.clone(), external_id: external_id.clone() };
            Some(Told { contact, who })
        };
        events.iter().map(told).collect()
    }

    fn push(&mut self, draft: Draft) -> usize {
        let at = self.drafts.len();
        if let Some(external_id) = &draft.external_id {
            self.by_external_id.insert(external_id.clone(), at);
        }
        if let Some(email) = &draft.email {
            self.remember(email, at);
        }
        self.drafts.push(draft);
        at
    }

    /// By how it is spelt and by what it is: who is spelt alike comes before who is the same.
    fn remember(&mut self, email: &str, at: usize) {
        self.by_email.insert(lower(email), at);
        self.by_email.entry(email_key(email)).or_insert(at);
    }

    fn owner(&mut self, who: &Who, fresh: ContactId) -> Option<usize> {
        let key = who.email.as_deref().map(email_key);
        let spelt = who.email.as_deref().map(lower);
        let by_email = [&spelt, &key].into_iter().flatten().find_map(|key| self.by_email.get(key).copied());
        let by_external_id = who.external_id.as_ref().and_then(|id| self.by_external_id.get(id).copied());
        let at = match (by_external_id, by_email) {
            (Some(at), Some(other)) if at != other => return None,
            (Some(at), _) => at,
            (None, Some(at)) => match (&self.drafts[at].external_id, &who.external_id) {
                (Some(_), Some(_)) => return None,
                _ => at,
            },
            (None, None) if key.as_ref().is_some_and(|key| self.taken.contains(key)) => return None,
            (None, None) => {
                return Some(self.push(Draft {
                    id: fresh,
                    external_id: who.external_id.clone(),
                    email: who.email.clone(),
                    attributes: Object::new(),
                    opt_in: None,
                    revision: None,
                    changed: true,
                }));
            }
        };
        self.rename(at, who, key)
    }

    /// Gives a known contact the names that it did not have.
    fn rename(&mut self, at: usize, who: &Who, key: Option<String>) -> Option<usize> {
        let draft = &mut self.drafts[at];
        let old = draft.email.as_deref().map(email_key);
        if let Some(key) = key.filter(|key| Some(key) != old.as_ref()) {
            // Whoever had it when the batch began is not this contact, or the map would have said so.
            if self.taken.contains(&key) {
                return None;
            }
            draft.email.clone_from(&who.email);
            draft.changed = true;
            self.by_email.retain(|_, owner| *owner != at);
            self.remember(who.email.as_deref().unwrap_or_default(), at);
        }
        let draft = &mut self.drafts[at];
        if let (None, Some(external_id)) = (&draft.external_id, &who.external_id) {
            self.by_external_id.insert(external_id.clone(), at);
            draft.external_id = Some(external_id.clone());
            draft.changed = true;
        }
        Some(at)
    }
}

impl Draft {
    fn learn(&mut self, event: &NewEvent) {
        for (name, value) in &event.attributes {
            if self.attributes.get(name) != Some(value) {
                self.attributes.insert(name.clone(), value.clone());
                self.changed = true;
            }
        }
        if event.opt_in.is_some() && event.opt_in != self.opt_in {
            self.opt_in = event.opt_in;
            self.changed = true;
        }
    }
}
