//! Fields of objects by path, with some of their values.

use std::collections::BTreeMap;

use program::{KnownField, Object};
use serde_json::Value;

/// The most fields of one sort of object. One that has more is told without: a part of them would mislead.
const FIELDS: usize = 500;
/// How deep objects and lists are looked into.
const DEPTH: usize = 6;
/// Examples of a field, and the longest one in characters.
const EXAMPLES: (usize, usize) = (5, 60);
/// The longest path that is told, in bytes. A path stands before each one below it, so a long one would be told many times,
/// and nobody writes it into a condition.
const PATH: usize = 200;
/// Paths and examples of all that one look tells, in bytes.
pub(super) const ROOM: usize = 2 << 20;

/// The fields of one sort of object: of an event type, or of contacts.
#[derive(Debug, Default)]
pub(super) struct Fields {
    told: BTreeMap<String, KnownField>,
    /// There are more of them than are told.
    more: bool,
}

impl Fields {
    /// Adds what one object has, each path once, as long as there is room.
    pub(super) fn look(&mut self, object: &Object, room: &mut usize) {
        if self.more {
            return;
        }
        let mut found = BTreeMap::new();
        members(object, "", DEPTH, &mut found);
        for (path, (kind, example)) in found {
            if !self.told.contains_key(&path) && (self.told.len() == FIELDS || !take(room, path.len())) {
                *self = Self { told: BTreeMap::new(), more: true };
                return;
            }
            let field = self.told.entry(path).or_default();
            field.seen += 1;
            if field.kind.is_empty() {
                field.kind = kind.into();
            } else if field.kind != kind && !field.also.iter().any(|also| also == kind) {
                field.also.push(kind.into());
            }
            if let Some(example) = example.filter(|example| !field.examples.contains(example))
                && field.examples.len() < EXAMPLES.0
                && take(room, example.len())
            {
                field.examples.push(example);
            }
        }
    }

    /// All of them, or none.
    pub(super) fn told(self) -> BTreeMap<String, KnownField> {
        self.told
    }
}

fn take(room: &mut usize, bytes: usize) -> bool {
    let left = room.checked_sub(bytes);
    *room = left.unwrap_or(*room);
    left.is_some()
}

type Found = BTreeMap<String, (&'static str, Option<String>)>;

/// Notes what an object has, up to one more than are told.
fn members(object: &Object, prefix: &str, depth: usize, found: &mut Found) {
    for (name, value) in object {
        if found.len() > FIELDS {
            return;
        }
        if prefix.len() + name.len() <= PATH {
            walk(value, format!("{prefix}{name}"), depth, found);
        }
    }
}

/// Notes a value under its path: `total`, `customer.name`, `lines[]`, `lines[].sku`. Null says nothing.
fn walk(value: &Value, path: String, depth: usize, found: &mut Found) {
    if depth == 0 || found.len() > FIELDS {
        return;
    }
    match value {
        Value::Null => {}
        Value::Bool(_) => note(found, path, "bool", example(value)),
        Value::Number(_) => note(found, path, "number", example(value)),
        Value::String(_) => note(found, path, "string", example(value)),
        Value::Array(items) => {
            let path = format!("{path}[]");
            let plain = items.iter().find(|item| !item.is_object() && !item.is_array() && !item.is_null());
            note(found, path.clone(), "list", plain.and_then(example));
            for item in items.iter().take(EXAMPLES.0) {
                match item {
                    Value::Object(object) => members(object, &format!("{path}."), depth - 1, found),
                    Value::Array(_) => walk(item, path.clone(), depth - 1, found),
                    _ => {}
                }
            }
        }
        Value::Object(object) => {
            let below = format!("{path}.");
            note(found, path, "object", None);
            members(object, &below, depth - 1, found);
        }
    }
}

/// The beginning of a plain value.
fn example(value: &Value) -> Option<String> {
    let cut = |text: &str| text.chars().take(EXAMPLES.1).collect();
    Some(value.as_str().map_or_else(|| cut(&value.to_string()), cut))
}

fn note(found: &mut Found, path: String, kind: &'static str, example: Option<String>) {
    found.entry(path).or_insert((kind, example));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_by_path() {
        let (mut fields, mut room) = (Fields::default(), ROOM);
        for object in [
            serde_json::json!({ "total": 4.5, "who": { "name": "Ann" }, "lines": [{ "sku": "a" }, { "sku": "b" }] }),
            serde_json::json!({ "total": 5, "tags": ["x"], "none": null }),
        ] {
            fields.look(object.as_object().unwrap(), &mut room);
        }
        let told = fields.told();
        let told: Vec<_> = told
            .iter()
            .map(|(path, field)| (path.as_str(), field.kind.as_str(), field.seen, field.examples.join(" ")))
            .collect();
        let expected = [
            ("lines[]", "list", 1, ""),
            ("lines[].sku", "string", 1, "a"),
            ("tags[]", "list", 1, "x"),
            ("total", "number", 2, "4.5 5"),
            ("who", "object", 1, ""),
            ("who.name", "string", 1, "Ann"),
        ];
        assert_eq!(told, expected.map(|(path, kind, seen, examples)| (path, kind, seen, examples.to_owned())));
    }

    #[test]
    fn what_has_no_bounds_is_told_without_fields() {
        let object: Object = (0..600).map(|n| (format!("k{n}"), Value::Bool(true))).collect();
        let mut fields = Fields::default();
        fields.look(&object, &mut ROOM.clone());
        assert!(fields.told().is_empty());
        let mut deep = serde_json::json!(1);
        for _ in 0..100 {
            deep = serde_json::json!({ "a": deep });
        }
        let mut fields = Fields::default();
        fields.look(deep.as_object().unwrap(), &mut ROOM.clone());
        assert_eq!(fields.told().len(), DEPTH);
    }

    /// A name of half a megabyte stands before each of the names below it: told as they come, these were a gigabyte.
    #[test]
    fn long_names_are_not_told_again_and_again() {
        let below: Object = (0..2_000).map(|n| (format!("k{n}"), Value::Bool(true))).collect();
        let object = serde_json::json!({ "a": 1, "x".repeat(500_000): below, "b": { "y".repeat(PATH): 1 } });
        let mut fields = Fields::default();
        fields.look(object.as_object().unwrap(), &mut ROOM.clone());
        assert_eq!(fields.told().into_keys().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_a_look_tells_has_an_end() {
        let object: Object = (0..400).map(|n| (format!("{n:0>190}"), "z".repeat(60).into())).collect();
        let (mut room, mut all) = (ROOM, Vec::new());
        for _ in 0..100 {
            let mut fields = Fields::default();
            fields.look(&object, &mut room);
            all.push(fields.told().len());
        }
        assert_eq!((all[0], all[99], all.iter().sum::<usize>() * 250 <= ROOM), (400, 0, true), "{all:?}");
    }
}
