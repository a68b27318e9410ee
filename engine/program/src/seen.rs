//! What was seen of the events of one type: their fields with the kinds of their values, and values that several
//! contacts share.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    ContactId,
    shape::{MOST_FIELDS, Shape, ValueKind},
};

/// Examples of a field, and the longest one in characters.
const EXAMPLES: (usize, usize) = (5, 80);
/// A text is told once so many contacts share it: then it says nothing of one of them. Names, addresses and ids are hardly
/// ever shared, currencies and plans soon.
pub const SHARED: usize = 3;
/// Texts of a field that may turn out to be shared. More would be memory for what is not.
const CANDIDATES: usize = 8;
/// A number with more digits may be a telephone's or a customer's.
const DIGITS: usize = 9;
/// Events after which each counts half, so that what came lately counts most.
const HALF: u64 = 400;
/// What a field takes in memory beside its path, its examples and its candidates, in bytes.
const FIELD: usize = 256;
/// What a text takes beside its own bytes; a candidate is kept with whose it is.
const TEXT: usize = 48;
/// See [`TEXT`].
const CANDIDATE: usize = 144;

/// Memory, in bytes. Fields and texts have a part each, so that texts which are nobody's example leave room for fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenRoom {
    /// For fields.
    pub fields: usize,
    /// For texts that are examples, or may become one.
    pub texts: usize,
}

impl SeenRoom {
    /// So much in all, a half each.
    pub const fn of(bytes: usize) -> Self {
        Self { fields: bytes / 2, texts: bytes / 2 }
    }

    /// Gives back what something took.
    pub fn give(&mut self, taken: Self) {
        self.fields = self.fields.saturating_add(taken.fields);
        self.texts = self.texts.saturating_add(taken.texts);
    }

    /// Takes what something needs, if there is so much.
    pub fn take(&mut self, needed: Self) -> bool {
        let left = (self.fields.checked_sub(needed.fields), self.texts.checked_sub(needed.texts));
        let (Some(fields), Some(texts)) = left else { return false };
        *self = Self { fields, texts };
        true
    }
}

/// What was seen of events of one type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeenType {
    /// How many were looked at.
    pub looked: u64,
    /// How many of those had fields that are not kept, because there are too many.
    pub beyond: u64,
    /// Their fields, by path.
    pub fields: BTreeMap<String, SeenField>,
}

/// What was seen of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeenField {
    /// The kinds of its values, the first one first.
    pub kinds: Vec<ValueKind>,
    /// How many of those looked at had it.
    pub carried: u64,
    /// A few values that are nobody's own.
    pub examples: Vec<String>,
    /// Texts and whose they were, while too few share them.
    candidates: Vec<(String, Vec<ContactId>)>,
}

impl SeenType {
    /// Adds one event of this contact. Adds to `news` what is not known here so far, and the counts. Both take of `room`;
    /// what has none is left out and counted. Says whether there was more news than counts.
    pub fn look(&mut self, contact: ContactId, shape: &Shape<'_>, news: &mut Self, room: &mut SeenRoom) -> bool {
        self.looked += 1;
        news.looked += 1;
        let (mut is_new, mut beyond) = (false, shape.more);
        for (path, (kind, value)) in &shape.fields {
            let is_known = self.fields.contains_key(path);
            let entries = usize::from(!is_known) + usize::from(!news.fields.contains_key(path));
            let needed = SeenRoom { fields: entries * (FIELD + path.len()), texts: 0 };
            let fits = is_known || self.fields.len() < MOST_FIELDS;
            if !fits || !room.take(needed) {
                // Of what is known only a count is lost.
                beyond |= !is_known;
                continue;
            }
            let field = self.fields.entry(path.clone()).or_default();
            let told = news.fields.entry(path.clone()).or_default();
            field.carried += 1;
            told.carried += 1;
            if !field.kinds.contains(kind) {
                field.kinds.push(*kind);
                told.kinds.push(*kind);
                is_new = true;
            }
            if let Some(example) = value.and_then(|value| field.example(contact, value, room)) {
                told.examples.push(example);
                is_new = true;
            }
        }
        // Said once; counted always.
        is_new |= beyond && self.beyond == 0;
        self.beyond += u64::from(beyond);
        news.beyond += u64::from(beyond);
        is_new
    }

    /// How much memory it takes, as [`Self::look`] counts.
    pub fn takes(&self) -> SeenRoom {
        let mut takes = SeenRoom::default();
        for (path, field) in &self.fields {
            let examples = field.examples.iter().map(|text| TEXT + text.len());
            let candidates = field.candidates.iter().map(|(text, _)| CANDIDATE + text.len());
            takes.give(SeenRoom { fields: FIELD + path.len(), texts: examples.chain(candidates).sum() });
        }
        takes
    }

    /// Adds what was seen elsewhere, or later. What is over the bounds is left out and counted.
    pub fn add(&mut self, more: &Self) {
        self.looked += more.looked;
        self.beyond += more.beyond;
        let mut left_out = more.beyond > 0;
        for (path, seen) in &more.fields {
            if !self.fields.contains_key(path) && self.fields.len() >= MOST_FIELDS {
                left_out = true;
                continue;
            }
            let field = self.fields.entry(path.clone()).or_default();
            field.carried += seen.carried;
            for kind in &seen.kinds {
                if !field.kinds.contains(kind) {
                    field.kinds.push(*kind);
                }
            }
            for example in &seen.examples {
                if field.examples.len() < EXAMPLES.0 && !field.examples.contains(example) {
                    field.examples.push(example.clone());
                }
            }
        }
        if self.looked > HALF {
            self.looked /= 2;
            // What was left out for a while, when a node had no room, is forgotten once everything has some.
            self.beyond /= 2;
            self.fields.values_mut().for_each(|field| field.carried /= 2);
        }
        self.beyond = self.beyond.max(u64::from(left_out));
    }
}

impl SeenField {
    /// As it was kept.
    pub fn stored(kinds: Vec<ValueKind>, carried: u64, examples: Vec<String>) -> Self {
        Self { kinds, carried, examples, candidates: Vec::new() }
    }

    /// The value as a new example, if it is one and has room, here and where it is told.
    fn example(&mut self, contact: ContactId, value: &Value, room: &mut SeenRoom) -> Option<String> {
        if self.examples.len() >= EXAMPLES.0 {
            return None;
        }
        let text = match value {
            Value::Bool(_) => value.to_string(),
            Value::Number(number) => {
                let text = number.to_string();
                let digits = text.chars().filter(char::is_ascii_digit).count();
                (digits <= DIGITS).then_some(text)?
            }
            Value::String(text) => {
                let fits = !text.is_empty() && text.chars().take(EXAMPLES.1 + 1).count() <= EXAMPLES.1;
                let known = self.examples.contains(text);
                (fits && !known && self.is_shared(contact, text, room)).then(|| text.clone())?
            }
            _ => return None,
        };
        let needed = SeenRoom { fields: 0, texts: 2 * (TEXT + text.len()) };
        if self.examples.contains(&text) || !room.take(needed) {
            return None;
        }
        self.examples.push(text.clone());
        Some(text)
    }

    /// Notes whose text it is, as far as there is room; whether enough share it.
    fn is_shared(&mut self, contact: ContactId, text: &str, room: &mut SeenRoom) -> bool {
        let takes = |text: &str| SeenRoom { fields: 0, texts: CANDIDATE + text.len() };
        let Some(at) = self.candidates.iter().position(|(known, _)| known == text) else {
            if self.candidates.len() == CANDIDATES {
                room.give(takes(&self.candidates.remove(0).0));
            }
            if room.take(takes(text)) {
                self.candidates.push((text.to_owned(), vec![contact]));
            }
            return false;
        };
        let (_, whose) = &mut self.candidates[at];
        if !whose.contains(&contact) {
            whose.push(contact);
        }
        if whose.len() < SHARED {
            return false;
        }
        room.give(takes(&self.candidates.remove(at).0));
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::Object;

    const PLENTY: SeenRoom = SeenRoom::of(1 << 30);

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn contact(n: u128) -> ContactId {
        ContactId(Uuid::from_u128(n))
    }

    fn look(seen: &mut SeenType, n: u128, data: Value, news: &mut SeenType) -> bool {
        seen.look(contact(n), &Shape::of(&object(data), MOST_FIELDS), news, &mut PLENTY.clone())
    }

    #[test]
    fn fields_are_told_by_path() {
        let (mut seen, mut news) = (SeenType::default(), SeenType::default());
        let first = json!({ "total": 4.5, "who": { "name": "Ann" }, "lines": [{ "sku": "a" }, { "sku": "b" }] });
        assert!(look(&mut seen, 1, first.clone(), &mut news));
        assert_eq!(seen.fields.keys().collect::<Vec<_>>(), ["lines[]", "lines[].sku", "total", "who", "who.name"]);
        assert!(!look(&mut seen, 1, first, &mut news), "nothing is new");
        assert!(look(&mut seen, 1, json!({ "total": "5", "tags": ["x"], "none": null }), &mut news));
        let total = &news.fields["total"];
        assert_eq!((&total.kinds[..], total.carried), (&[ValueKind::Number, ValueKind::String][..], 3));
        assert_eq!((total.examples.as_slice(), news.looked), (&["4.5".to_owned()][..], 3));
        assert_eq!(seen.fields.len(), 6);
    }

    #[test]
    fn a_text_is_an_example_once_three_contacts_share_it() {
        let (mut seen, mut news) = (SeenType::default(), SeenType::default());
        let mut look = |n, email: &str| {
            let data = json!({ "currency": "EUR", "email": email, "phone": 491_701_234_567_i64, "paid": true });
            super::tests::look(&mut seen, n, data, &mut news)
        };
        look(1, "ann@example.test");
        look(1, "ann@example.test");
        look(1, "ann@example.test");
        look(2, "bob@example.test");
        assert!(look(3, "cara@example.test"));
        let examples = |path: &str| news.fields[path].examples.join(" ");
        assert_eq!(["currency", "email", "phone", "paid"].map(examples), ["EUR", "", "", "true"]);
    }

    #[test]
    fn what_has_no_bounds_is_counted() {
        let many = || Value::Object((0..MOST_FIELDS + 50).map(|n| (format!("k{n}"), Value::Bool(true))).collect());
        let (mut seen, mut news) = (SeenType::default(), SeenType::default());
        look(&mut seen, 1, many(), &mut news);
        assert_eq!((seen.fields.len(), news.fields.len(), news.beyond), (MOST_FIELDS, MOST_FIELDS, 1));
        // One by one is no other way in.
        look(&mut seen, 1, json!({ "one": 1 }), &mut news);
        assert_eq!((seen.fields.len(), news.beyond), (MOST_FIELDS, 2));
        let mut stored = SeenType::default();
        stored.fields.insert("stored".into(), SeenField::default());
        stored.add(&news);
        assert_eq!((stored.fields.len(), stored.beyond), (MOST_FIELDS, 2));
    }

    #[test]
    fn what_came_lately_counts_most() {
        let of = |looked, carried| {
            let field = SeenField { kinds: vec![ValueKind::Bool], carried, ..SeenField::default() };
            SeenType { looked, beyond: 0, fields: [("a".to_owned(), field)].into() }
        };
        let mut seen = of(400, 400);
        (0..4).for_each(|_| seen.add(&of(200, 0)));
        assert!(seen.looked <= HALF && seen.fields["a"].carried * 4 < seen.looked, "{seen:?}");
        // So does what was left out: a type is told with its fields again once all of them have room.
        seen.beyond = 300;
        seen.add(&SeenType { beyond: 1, ..of(1, 1) });
        assert_eq!(seen.beyond, 301);
        (0..20).for_each(|_| seen.add(&of(401, 0)));
        assert_eq!(seen.beyond, 0);
        seen.add(&SeenType { beyond: 1, ..of(401, 1) });
        assert_eq!(seen.beyond, 1, "lately something was");
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let data = |n: usize| {
            let fields = (0..50).map(|k| (format!("{n}-{k}-{}", "x".repeat(150)), json!(format!("plan {}", n % 2))));
            Value::Object(fields.collect())
        };
        let begin = SeenRoom::of(200_000);
        let (mut room, mut all) = (begin, Vec::new());
        for n in 0..20_usize {
            let (mut seen, mut news) = (SeenType::default(), SeenType::default());
            for who in 0..4 {
                seen.look(contact(who), &Shape::of(&object(data(n)), MOST_FIELDS), &mut news, &mut room);
            }
            all.push((seen, news));
        }
        let mut taken = SeenRoom::default();
        all.iter().flat_map(|(seen, news)| [seen, news]).for_each(|seen| taken.give(seen.takes()));
        assert!(taken.fields <= begin.fields && taken.texts <= begin.texts, "{taken:?}");
        // What is counted step by step is what is there.
        taken.give(room);
        assert_eq!(taken, begin);
        assert_eq!((all[0].0.beyond, all[0].0.fields.len(), all[0].1.beyond), (0, 50, 0));
        let last = &all[19].1;
        assert_eq!((last.looked, last.beyond, last.fields.len()), (4, 4, 0), "it is told without fields");
        // There is one example for all who share it, and candidates leave room for it.
        assert!(all[0].0.fields.values().all(|field| field.examples == ["plan 0"]), "{:?}", all[0].0);
    }
}
