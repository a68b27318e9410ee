//! Finds the contact of each event, and merges what the events say of it. Pure.

use std::collections::{HashMap, HashSet};

use program::{ContactId, Object, Time, attribute_bytes as item};

use super::Told;
use crate::{
    Contact, NewEvent, Who,
    said::{OPT_IN, Said},
    spelling::{email_key, lower},
};

/// The most names kept of values that are older than the stored ones.
const MAX_NAMES: usize = 20;
/// The most characters of each name.
const MAX_NAME: usize = 60;

/// A contact as it was read.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) contact: Contact,
    pub(super) revision: i64,
    pub(super) said: Said,
}

/// The bounds of a merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// When the batch came in. No value counts as stated later than this.
    pub(super) now: Time,
    /// The most bytes of a contact.
    pub(super) max_contact: usize,
}

/// A contact as it will be written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: ContactId,
    pub(super) external_id: Option<String>,
    pub(super) email: Option<String>,
    pub(super) attributes: Object,
    pub(super) opt_in: Option<bool>,
    pub(super) said: Said,
    /// Bytes of the attributes, if they were computed.
    size: Option<usize>,
    /// The revision as read; none for a new contact.
    pub(super) revision: Option<i64>,
    pub(super) changed: bool,
}

/// Why an event has no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// Email and external id belong to two contacts.
    Conflict,
    /// Its contact would hold this many bytes.
    TooLarge(usize),
}

/// All contacts of a batch, and the contact of each event.
#[derive(Debug, Default)]
pub(super) struct Merge {
    pub(super) drafts: Vec<Draft>,
    pub(super) owners: Vec<Result<usize, Stray>>,
    /// For each event, the names of its values that are older than the stored ones. A bounded list.
    pub(super) passed_over: Vec<Vec<String>>,
    by_external_id: HashMap<String, usize>,
    by_email: HashMap<String, usize>,
    /// Stored addresses. One that is given up in this batch is free only after it.
    taken: HashSet<String>,
}

impl Merge {
    /// The value that was stated last wins. Of two that were stated at the same time, the one that came in later wins.
    pub(super) fn new(stored: &[Stored], events: &[&NewEvent], bounds: Bounds) -> Self {
        let mut merge = Self::default();
        for Stored { contact, revision, said } in stored {
            merge.push(Draft {
                id: contact.id,
                external_id: contact.external_id.clone(),
                email: contact.email.clone(),
                attributes: contact.attributes.clone(),
                opt_in: contact.opt_in,
                said: said.clone(),
                size: None,
                revision: Some(*revision),
                changed: false,
            });
        }
        merge.taken = merge.by_email.keys().cloned().collect();
        for event in events {
            let (owner, passed_over) = merge.take_in(event, bounds);
            merge.owners.push(owner);
            merge.passed_over.push(passed_over);
        }
        for draft in merge.drafts.iter_mut().filter(|draft| draft.changed) {
            let opt_in = draft.opt_in.map(|_| OPT_IN);
            draft.said.settle(draft.attributes.keys().map(String::as_str).chain(opt_in));
        }
        merge
    }

    /// The contact of each event, as if they came in one after the other into an empty database.
    pub(super) fn tell(events: &[Who]) -> Vec<Option<Told>> {
        let mut merge = Self::default();
        let told = |who: &Who| {
            let contact = merge.owner(who, ContactId::from(uuid::Uuid::nil()), Time::UNIX_EPOCH)?;
            let Draft { email, external_id, .. } = &merge.drafts[contact];
            let who = Who { email: email.clone(), external_id: external_id.clone() };
            Some(Told { contact, who })
        };
        events.iter().map(told).collect()
    }

    fn take_in(&mut self, event: &NewEvent, bounds: Bounds) -> (Result<usize, Stray>, Vec<String>) {
        match self.owner_of(event, bounds) {
            Ok((owner, at)) => (Ok(owner), self.drafts[owner].learn(event, at)),
            Err(stray) => (Err(stray), Vec::new()),
        }
    }

    /// The contact of an event, and when the event was stated.
    fn owner_of(&mut self, event: &NewEvent, bounds: Bounds) -> Result<(usize, i64), Stray> {
        // Checked before anything is changed, so that a refused event changes nothing.
        let at = event.occurred_at.min(bounds.now).timestamp_millis();
        let grown = match self.known(&event.who) {
            Some(known) => self.drafts[known].grown(event, at),
            None => Some(bytes(&event.attributes)),
        };
        if let Some(size) = grown.filter(|size| *size > bounds.max_contact) {
            return Err(Stray::TooLarge(size));
        }
        let owner = self.owner(&event.who, event.contact_id, bounds.now).ok_or(Stray::Conflict)?;
        Ok((owner, at))
    }

    fn known(&self, who: &Who) -> Option<usize> {
        let by_external_id = who.external_id.as_ref().and_then(|id| self.by_external_id.get(id));
        let by_email = || {
            let email = who.email.as_deref()?;
            self.by_email.get(&lower(email)).or_else(|| self.by_email.get(&email_key(email)))
        };
        by_external_id.or_else(by_email).copied()
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

    /// Lookup by exact spelling first, then by normalised address.
    fn remember(&mut self, email: &str, at: usize) {
        self.by_email.insert(lower(email), at);
        self.by_email.entry(email_key(email)).or_insert(at);
    }

    fn owner(&mut self, who: &Who, fresh: ContactId, now: Time) -> Option<usize> {
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
                    said: Said::at(now),
                    size: None,
                    revision: None,
                    changed: true,
                }));
            }
        };
        self.rename(at, who, key)
    }

    /// Gives a known contact the address and the id that it did not have.
    fn rename(&mut self, at: usize, who: &Who, key: Option<String>) -> Option<usize> {
        let draft = &mut self.drafts[at];
        let old = draft.email.as_deref().map(email_key);
        if let Some(key) = key.filter(|key| Some(key) != old.as_ref()) {
            // The address was stored when the batch began. It is another contact's, or the map would have named this
            // one.
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
    /// Whether a value stated at this time replaces the stored one: there is none, or it was not stated later. An
    /// attribute that a program removed counts as stated.
    fn is_news(&self, name: &str, at: i64) -> bool {
        let known = match name {
            OPT_IN => self.opt_in.is_some(),
            name => self.attributes.contains_key(name) || self.said.names(name),
        };
        !known || at >= self.said.of(name)
    }

    /// Takes in newer values. Returns the names of older values that differ from the stored ones.
    fn learn(&mut self, event: &NewEvent, at: i64) -> Vec<String> {
        let mut passed_over = Vec::new();
        for (name, value) in &event.attributes {
            if !self.is_news(name, at) {
                if self.attributes.get(name) != Some(value) {
                    passed_over.push(name.as_str());
                }
                continue;
            }
            let known = self.attributes.get(name);
            if known != Some(value) {
                self.size = self.size.map(|size| size + item(name, value) - known.map_or(0, |known| item(name, known)));
                self.attributes.insert(name.clone(), value.clone());
                self.changed = true;
            }
            self.say(name, at);
        }
        match event.opt_in {
            Some(said) if self.is_news(OPT_IN, at) => {
                self.changed |= self.opt_in != Some(said);
                self.opt_in = Some(said);
                self.say(OPT_IN, at);
            }
            Some(said) if self.opt_in != Some(said) => passed_over.insert(0, OPT_IN),
            _ => {}
        }
        told(&passed_over)
    }

    /// The same value stated again updates its time, so that an older value that arrives later does not replace it.
    fn say(&mut self, name: &str, at: i64) {
        if self.said.of(name) != at {
            self.said.say(name, at);
            self.changed = true;
        }
    }

    /// The bytes of the contact with this event, if the event makes it larger.
    fn grown(&mut self, event: &NewEvent, at: i64) -> Option<usize> {
        let (mut more, mut less) = (0, 0);
        for (name, value) in &event.attributes {
            let known = self.attributes.get(name);
            if known != Some(value) && self.is_news(name, at) {
                more += item(name, value);
                less += known.map_or(0, |known| item(name, known));
            }
        }
        if more <= less {
            return None;
        }
        let size = *self.size.get_or_insert_with(|| bytes(&self.attributes));
        Some(size + more - less)
    }
}

/// The first names, shortened, with a sign if there are more.
fn told(names: &[&str]) -> Vec<String> {
    let short = |name: &&str| match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => (*name).to_owned(),
    };
    let more = (names.len() > MAX_NAMES).then(|| "…".to_owned());
    names.iter().take(MAX_NAMES).map(short).chain(more).collect()
}

/// Bytes of an object as JSON.
fn bytes(object: &Object) -> usize {
    2 + object.iter().map(|(name, value)| item(name, value)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use program::{EventId, EventType};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    fn event(occurred_at: i64, opt_in: Option<bool>, attributes: Value) -> NewEvent {
        NewEvent {
            id: EventId(Uuid::nil()),
            contact_id: ContactId(Uuid::nil()),
            who: Who { email: Some("ada@example.test".into()), external_id: None },
            attributes: attributes.as_object().unwrap().clone(),
            opt_in,
            event: EventType::new("x").unwrap(),
            data: Object::new().into(),
            occurred_at: at(occurred_at),
            key: None,
            attachments: Vec::new(),
            tokens: Vec::new(),
            undecided: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// What is known after these batches, each at its time.
    fn after(batches: &[(i64, Vec<NewEvent>)]) -> (Value, Option<bool>) {
        let mut stored = Vec::new();
        for (now, events) in batches {
            let bounds = Bounds { now: at(*now), max_contact: 1_000 };
            let merge = Merge::new(&stored, &events.iter().collect::<Vec<_>>(), bounds);
            let draft = merge.drafts[0].clone();
            // As it would be written and read again.
            let said = Said::read(Some(&draft.said.write().unwrap()), at(*now)).unwrap();
            let Draft { id, external_id, email, attributes, opt_in, .. } = draft;
            let (test, created_at, updated_at) = (false, at(0), at(*now));
            let contact = Contact { id, email, external_id, attributes, opt_in, test, created_at, updated_at };
            stored = vec![Stored { contact, revision: 1, said }];
        }
        let contact = &stored[0].contact;
        (Value::Object(contact.attributes.clone()), contact.opt_in)
    }

    #[test]
    fn the_newest_word_wins_in_whatever_order_it_comes() {
        let words = [
            event(10, Some(true), json!({ "tier": "bronze", "city": "Ulm" })),
            event(20, Some(false), json!({ "tier": "gold" })),
            event(30, Some(false), json!({ "tier": "gold", "vip": true })),
            event(25, Some(true), json!({ "tier": "silver", "city": "Bonn", "vip": null })),
        ];
        let expected = (json!({ "tier": "gold", "city": "Bonn", "vip": true }), Some(false));
        for order in 0..24 {
            let mut left: Vec<_> = words.to_vec();
            let mut turn = order;
            let mut shuffled = Vec::new();
            while !left.is_empty() {
                shuffled.push(left.remove(turn % left.len()));
                turn /= left.len() + 1;
            }
            let (all, apart): (Vec<_>, Vec<_>) = (
                vec![(100, shuffled.clone())],
                shuffled.into_iter().enumerate().map(|(n, one)| (100 + n as i64, vec![one])).collect(),
            );
            // Objects are equal whatever their order.
            assert_eq!(after(&all), expected, "one batch, order {order}");
            assert_eq!(after(&apart), expected, "one by one, order {order}");
        }
    }

    #[test]
    fn at_one_time_the_later_one_counts_and_nothing_is_said_in_the_future() {
        let word = |at, tier: &str| event(at, None, json!({ "tier": tier }));
        let tier = |batches: &[(i64, Vec<NewEvent>)]| after(batches).0["tier"].clone();
        assert_eq!(tier(&[(9, vec![word(5, "a"), word(5, "b")])]), "b");
        assert_eq!(tier(&[(9, vec![word(5, "b")]), (9, vec![word(5, "a")])]), "a");
        assert_eq!(tier(&[(9, vec![word(1_000, "ahead")]), (10, vec![word(10, "now")])]), "now");
        assert_eq!(tier(&[(9, vec![word(1_000, "ahead")]), (10, vec![word(8, "before")])]), "ahead");
    }

    #[test]
    fn what_is_older_than_what_is_known_is_told() {
        let bounds = Bounds { now: at(9), max_contact: 10_000 };
        let mut much: Object = (0..30).map(|n| (format!("{n:02}{}", "ü".repeat(100)), json!(n))).collect();
        let events = [
            event(5, Some(false), json!({ "tier": "gold", "city": "Ulm" })),
            event(3, Some(true), json!({ "tier": "silver", "city": "Ulm", "vip": true })),
            event(3, Some(false), json!({ "city": "Ulm" })),
            event(6, Some(true), Value::Object(much.clone())),
            {
                much.values_mut().for_each(|value| *value = json!("else"));
                event(4, None, Value::Object(much))
            },
        ];
        let merge = Merge::new(&[], &events.iter().collect::<Vec<_>>(), bounds);
        assert_eq!(merge.passed_over[..4], [vec![], vec!["opt_in".to_owned(), "tier".into()], vec![], vec![]]);
        let many = &merge.passed_over[4];
        assert_eq!((many.len(), many[20].as_str(), many[0].chars().count()), (21, "…", 61));
        assert_eq!(merge.drafts[0].opt_in, Some(true));
    }

    #[test]
    fn a_contact_is_bounded_and_may_shrink() {
        let bounds = Bounds { now: at(9), max_contact: 100 };
        let text = |n: usize| "x".repeat(n);
        let events = [
            event(1, None, json!({ "a": text(60) })),
            event(2, None, json!({ "b": text(60) })),
            event(3, None, json!({ "b": text(10) })),
            event(4, None, json!({ "a": text(200) })),
            event(5, None, json!({ "a": "" })),
        ];
        let merge = Merge::new(&[], &events.iter().collect::<Vec<_>>(), bounds);
        assert_eq!(merge.owners[0], Ok(0));
        assert!(matches!(merge.owners[1], Err(Stray::TooLarge(size)) if size > 100), "{:?}", merge.owners);
        assert_eq!((merge.owners[2], merge.owners[4]), (Ok(0), Ok(0)));
        assert!(matches!(merge.owners[3], Err(Stray::TooLarge(_))));
        assert_eq!(merge.drafts[0].attributes, *json!({ "a": "", "b": text(10) }).as_object().unwrap());

        // One from before there was a bound.
        let contact = Contact {
            id: ContactId(Uuid::nil()),
            email: Some("ada@example.test".into()),
            external_id: None,
            attributes: json!({ "a": text(500), "b": text(500) }).as_object().unwrap().clone(),
            opt_in: None,
            test: false,
            created_at: at(0),
            updated_at: at(0),
        };
        let stored = [Stored { contact, revision: 3, said: Said::at(at(0)) }];
        let events = [
            event(1, Some(true), json!({ "a": text(500) })),
            event(2, None, json!({ "a": text(400) })),
            event(3, None, json!({ "c": 1 })),
        ];
        let merge = Merge::new(&stored, &events.iter().collect::<Vec<_>>(), bounds);
        assert_eq!((merge.owners[0], merge.owners[1]), (Ok(0), Ok(0)));
        assert!(matches!(merge.owners[2], Err(Stray::TooLarge(_))));
        // Nothing is left of a new contact whose only event is refused.
        let merge = Merge::new(&[], &[&event(1, None, json!({ "a": text(200) }))], bounds);
        assert!(merge.drafts.is_empty());
    }
}
