//! What events of a type look like: their fields by path, of which kind their values are, and values that are nobody's own.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ContactId, Object};

/// The most fields of one event type. Expressions name a few; thousands are keys that are data, such as ids.
pub const MOST_FIELDS: usize = 200;
/// How deep objects and lists are looked into.
pub(crate) const DEPTH: usize = 6;
/// The longest path, in bytes. A path stands before each one below it, so a long one would be told many times, and nobody
/// writes it into a condition.
pub(crate) const MOST_PATH: usize = 200;
/// Examples of a field, and the longest one in characters.
const EXAMPLES: (usize, usize) = (5, 80);
/// Items of a list that are looked into.
const ITEMS: usize = 5;
/// A text is an example once so many contacts share it: then it says nothing of one of them. Names, addresses and ids are
/// hardly ever shared, currencies and plans soon.
const SHARED: usize = 3;
/// Texts of a field that may turn out to be shared. More would be memory for what is not.
const CANDIDATES: usize = 8;
/// A number with more digits may be a telephone's or a customer's.
const DIGITS: usize = 9;
/// Events after which each counts half, so that what came lately counts most.
const HALF: u64 = 400;

/// Of which kind a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A text.
    String,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A list.
    List,
    /// An object.
    Object,
}

impl ValueKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::String, Self::Number, Self::Bool, Self::List, Self::Object];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::List => "list",
            Self::Object => "object",
        }
    }

    /// The kind of a value; null is of none.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Bool),
            Value::Number(_) => Some(Self::Number),
            Value::String(_) => Some(Self::String),
            Value::Array(_) => Some(Self::List),
            Value::Object(_) => Some(Self::Object),
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ValueKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| format!("\"{word}\" is no kind of value"))
    }
}

/// The fields of one object.
#[derive(Debug, Default)]
pub struct Shape<'o> {
    /// By path: `total`, `customer.name`, `lines[]`, `lines[].sku`. With a plain value, if there is one.
    pub fields: BTreeMap<String, (ValueKind, Option<&'o Value>)>,
    /// There are more of them than were asked for.
    pub more: bool,
    most: usize,
}

impl<'o> Shape<'o> {
    /// At most so many fields of an object. What is null says nothing.
    pub fn of(object: &'o Object, most: usize) -> Self {
        let mut shape = Self { fields: BTreeMap::new(), more: false, most };
        shape.members(object, "", DEPTH);
        shape
    }

    fn members(&mut self, object: &'o Object, prefix: &str, depth: usize) {
        for (name, value) in object {
            if self.fields.len() > self.most {
                return;
            }
            // A key with an @ is somebody's address, and no text of a database holds a NUL.
            if prefix.len() + name.len() <= MOST_PATH && !name.contains(['@', '\0']) {
                self.walk(value, format!("{prefix}{name}"), depth);
            }
        }
    }

    fn walk(&mut self, value: &'o Value, path: String, depth: usize) {
        let Some(kind) = ValueKind::of(value).filter(|_| depth > 0) else { return };
        match value {
            Value::Array(items) => {
                let path = format!("{path}[]");
                let plain = items.iter().find(|item| !item.is_object() && !item.is_array() && !item.is_null());
                self.note(path.clone(), kind, plain);
                for item in items.iter().take(ITEMS) {
                    match item {
                        Value::Object(object) => self.members(object, &format!("{path}."), depth - 1),
                        Value::Array(_) => self.walk(item, path.clone(), depth - 1),
                        _ => {}
                    }
                }
            }
            Value::Object(object) => {
                let below = format!("{path}.");
                self.note(path, kind, None);
                self.members(object, &below, depth - 1);
            }
            _ => self.note(path, kind, Some(value)),
        }
    }

    fn note(&mut self, path: String, kind: ValueKind, value: Option<&'o Value>) {
        if self.fields.len() >= self.most && !self.fields.contains_key(&path) {
            self.more = true;
        } else {
            self.fields.entry(path).or_insert((kind, value));
        }
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
    /// Adds one event of this contact. Adds to `news` what is not known here so far, and the counts. Says whether there was
    /// more news than counts.
    pub fn look(&mut self, contact: ContactId, data: &Object, news: &mut Self) -> bool {
        let shape = Shape::of(data, MOST_FIELDS);
        self.looked += 1;
        news.looked += 1;
        let (mut is_new, mut beyond) = (false, shape.more);
        for (path, (kind, value)) in shape.fields {
            if !self.fields.contains_key(&path) && self.fields.len() >= MOST_FIELDS {
                beyond = true;
                continue;
            }
            let field = self.fields.entry(path.clone()).or_default();
            let told = news.fields.entry(path).or_default();
            field.carried += 1;
            told.carried += 1;
            if !field.kinds.contains(&kind) {
                field.kinds.push(kind);
                told.kinds.push(kind);
                is_new = true;
            }
            if let Some(example) = value.and_then(|value| field.example(contact, value)) {
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

    /// Adds what was seen elsewhere, or later. What is over the bounds is left out and counted.
    pub fn add(&mut self, more: &Self) {
        self.looked += more.looked;
        self.beyond += more.beyond;
        for (path, seen) in &more.fields {
            if !self.fields.contains_key(path) && self.fields.len() >= MOST_FIELDS {
                self.beyond = self.beyond.max(1);
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
            self.fields.values_mut().for_each(|field| field.carried /= 2);
        }
    }
}

impl SeenField {
    /// As it was kept.
    pub fn stored(kinds: Vec<ValueKind>, carried: u64, examples: Vec<String>) -> Self {
        Self { kinds, carried, examples, candidates: Vec::new() }
    }

    /// The value as a new example, if it is one.
    fn example(&mut self, contact: ContactId, value: &Value) -> Option<String> {
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
                (fits && !known && self.is_shared(contact, text)).then(|| text.clone())?
            }
            _ => return None,
        };
        if self.examples.contains(&text) {
            return None;
        }
        self.examples.push(text.clone());
        Some(text)
    }

    /// Notes whose text it is; whether enough share it.
    fn is_shared(&mut self, contact: ContactId, text: &str) -> bool {
        let Some(at) = self.candidates.iter().position(|(known, _)| known == text) else {
            if self.candidates.len() == CANDIDATES {
                self.candidates.remove(0);
            }
            self.candidates.push((text.to_owned(), vec![contact]));
            return false;
        };
        let (_, whose) = &mut self.candidates[at];
        if !whose.contains(&contact) {
            whose.push(contact);
        }
        if whose.len() < SHARED {
            return false;
        }
        self.candidates.remove(at);
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn contact(n: u128) -> ContactId {
        ContactId(Uuid::from_u128(n))
    }

    #[test]
    fn fields_are_told_by_path() {
        let (mut seen, mut news) = (SeenType::default(), SeenType::default());
        let first = json!({ "total": 4.5, "who": { "name": "Ann" }, "lines": [{ "sku": "a" }, { "sku": "b" }] });
        assert!(seen.look(contact(1), &object(first.clone()), &mut news));
        assert_eq!(seen.fields.keys().collect::<Vec<_>>(), ["lines[]", "lines[].sku", "total", "who", "who.name"]);
        assert!(!seen.look(contact(1), &object(first), &mut news), "nothing is new");
        assert!(seen.look(contact(1), &object(json!({ "total": "5", "tags": ["x"], "none": null })), &mut news));
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
            seen.look(contact(n), &object(data), &mut news)
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
        let many: Object = (0..MOST_FIELDS + 50).map(|n| (format!("k{n}"), Value::Bool(true))).collect();
        let (mut seen, mut news) = (SeenType::default(), SeenType::default());
        seen.look(contact(1), &many, &mut news);
        assert_eq!((seen.fields.len(), news.fields.len(), news.beyond), (MOST_FIELDS, MOST_FIELDS, 1));
        // One by one is no other way in.
        seen.look(contact(1), &object(json!({ "one": 1 })), &mut news);
        assert_eq!((seen.fields.len(), news.beyond), (MOST_FIELDS, 2));
        let mut stored = SeenType::default();
        stored.fields.insert("stored".into(), SeenField::default());
        stored.add(&news);
        assert_eq!((stored.fields.len(), stored.beyond), (MOST_FIELDS, 2));

        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!({ "a": deep });
        }
        assert_eq!(Shape::of(&object(deep), MOST_FIELDS).fields.len(), DEPTH);
        // A name of half a megabyte stands before each of the names below it: told as they come, these were a gigabyte.
        let below: Object = (0..2_000).map(|n| (format!("k{n}"), Value::Bool(true))).collect();
        let long = object(json!({ "a": 1, "x".repeat(500_000): below, "b": { "y".repeat(MOST_PATH): 1 } }));
        let shape = Shape::of(&long, MOST_FIELDS);
        assert_eq!(
            (shape.fields.keys().collect::<Vec<_>>(), shape.more),
            (vec![&"a".to_owned(), &"b".to_owned()], false)
        );
        let keys = object(json!({ "ann@example.test": 1, "a": 1 }));
        assert_eq!(Shape::of(&keys, MOST_FIELDS).fields.len(), 1);
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
    }

    #[test]
    fn kinds_have_words() {
        for kind in ValueKind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        assert!("text".parse::<ValueKind>().is_err());
    }
}
