//! The shape of an object: its fields by path, with the kinds of their values.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Object;

/// The most fields of one event type. Expressions name a few; thousands are keys that are data, such as ids.
pub const MOST_FIELDS: usize = 200;
/// How deep objects and lists are looked into.
pub(crate) const DEPTH: usize = 6;
/// The longest path, in bytes. A path stands before each one below it, so a long one would be told many times, and nobody
/// writes it into a condition.
pub(crate) const MOST_PATH: usize = 200;
/// Items of a list that are looked into.
const ITEMS: usize = 5;
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
    /// How many values were looked at.
    looks: usize,
}

impl<'o> Shape<'o> {
    /// At most so many fields of an object. What is null says nothing.
    pub fn of(object: &'o Object, most: usize) -> Self {
        let mut shape = Self { most, ..Self::default() };
        shape.members(object, "", DEPTH);
        shape
    }

    fn members(&mut self, object: &'o Object, prefix: &str, depth: usize) {
        for (name, value) in object {
            // What is known is told, and nothing new has room.
            if self.more {
                return;
            }
            // A key with an @ is somebody's address, and no text of a database holds a NUL.
            if prefix.len() + name.len() <= MOST_PATH && !name.contains(['@', '\0']) {
                self.walk(value, format!("{prefix}{name}"), depth);
            }
        }
    }

    fn walk(&mut self, value: &'o Value, path: String, depth: usize) {
        self.looks += 1;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_has_no_bounds_is_left_out() {
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

    /// A million fields cost no more than those that are told.
    #[test]
    fn nothing_is_looked_at_once_there_is_more() {
        let many: Object = (0..1_000).map(|n| (format!("k{n}"), json!({ "a": 1 }))).collect();
        let shape = Shape::of(&many, 10);
        assert_eq!((shape.fields.len(), shape.more, shape.looks), (10, true, 11));
        let few: Object = (0..10).map(|n| (format!("k{n}"), json!(1))).collect();
        assert!(!Shape::of(&few, 10).more, "they have room");
    }

    #[test]
    fn kinds_have_words() {
        for kind in ValueKind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        assert!("text".parse::<ValueKind>().is_err());
    }
}
