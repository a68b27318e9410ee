//! What this installation knows beside a program: what the checker judges names by, and the editor offers.

use std::collections::BTreeMap;

use program::{Known, KnownEvent, KnownField, KnownProgram, KnownStream, Object, ProgramName, WorkspaceId};
use serde_json::Value;
use store::{ContactFilter, Paging, Result, Store};

/// Events looked at: the newest ones of all types.
const EVENTS: u32 = 1_000;
/// The most events of one type that count.
const PER_TYPE: u64 = 200;
/// Contacts looked at: the newest ones.
const CONTACTS: u32 = 200;
/// Event types told.
const TYPES: usize = 1_000;
/// The most fields of one sort of object. One that has more is told without: a part of them would mislead.
const FIELDS: usize = 500;
/// How deep objects and lists are looked into.
const DEPTH: usize = 6;
/// Examples of a field, and the longest one in characters.
const EXAMPLES: (usize, usize) = (5, 60);

/// Gathers what is known beside this program. Its cost has bounds, whatever the installation holds: one read each of
/// streams, live programs, newest events and newest contacts.
pub(crate) async fn gather(store: &Store, workspace: WorkspaceId, beside: &ProgramName) -> Result<Known> {
    let streams = store.newest_streams(workspace).await?;
    let streams = streams.iter().map(|stream| (stream.name.clone(), KnownStream::from(stream))).collect();
    let programs = store.live_programs(workspace).await?;
    let programs = programs.iter().filter(|program| program.name != *beside).map(KnownProgram::from).collect();
    let mut events: BTreeMap<_, KnownEvent> = BTreeMap::new();
    let mut paging = Paging { after: None, limit: 200 };
    while events.len() < TYPES {
        let page = store.event_types(workspace, &paging).await?;
        events.extend(page.items.into_iter().map(|row| (row.event, KnownEvent::default())));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    for (event, data) in store.newest_events(workspace, EVENTS).await? {
        let known = events.entry(event).or_default();
        if known.seen < PER_TYPE {
            known.seen += 1;
            look(&data, &mut known.fields);
        }
    }
    events.values_mut().for_each(|event| bound(&mut event.fields));
    let newest = Paging { after: None, limit: CONTACTS };
    let mut attributes = BTreeMap::new();
    for contact in store.contacts(workspace, &ContactFilter::default(), &newest).await?.items {
        look(&contact.attributes, &mut attributes);
    }
    bound(&mut attributes);
    Ok(Known { streams, events, attributes, programs })
}

/// Adds what one object has, each path once.
fn look(object: &Object, fields: &mut BTreeMap<String, KnownField>) {
    let mut found = BTreeMap::new();
    members(object, "", DEPTH, &mut found);
    for (path, (kind, example)) in found {
        if fields.len() > FIELDS && !fields.contains_key(&path) {
            continue;
        }
        let field = fields.entry(path).or_default();
        field.seen += 1;
        if field.kind.is_empty() {
            field.kind = kind.into();
        }
        if let Some(example) = example.filter(|example| !field.examples.contains(example))
            && field.examples.len() < EXAMPLES.0
        {
            field.examples.push(example);
        }
    }
}

fn bound(fields: &mut BTreeMap<String, KnownField>) {
    if fields.len() > FIELDS {
        fields.clear();
    }
}

type Found = BTreeMap<String, (&'static str, Option<String>)>;

fn members(object: &Object, prefix: &str, depth: usize, found: &mut Found) {
    for (name, value) in object {
        walk(value, format!("{prefix}{name}"), depth, found);
    }
}

/// Notes a value under its path: `total`, `customer.name`, `lines[]`, `lines[].sku`. Null says nothing.
fn walk(value: &Value, path: String, depth: usize, found: &mut Found) {
    if depth == 0 || found.len() > FIELDS {
        return;
    }
    let example = |text: String| Some(text.chars().take(EXAMPLES.1).collect());
    match value {
        Value::Null => {}
        Value::Bool(yes) => note(found, path, "bool", example(yes.to_string())),
        Value::Number(n) => note(found, path, "number", example(n.to_string())),
        Value::String(text) => note(found, path, "string", example(text.clone())),
        Value::Array(items) => {
            let path = format!("{path}[]");
            let plain = items.iter().find(|item| !item.is_object() && !item.is_array() && !item.is_null());
            let first = plain.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            note(found, path.clone(), "list", first.and_then(example));
            for item in items.iter().take(EXAMPLES.0) {
                match item {
                    Value::Object(object) => members(object, &format!("{path}."), depth - 1, found),
                    Value::Array(_) => walk(item, path.clone(), depth - 1, found),
                    _ => {}
                }
            }
        }
        Value::Object(object) => {
            note(found, path.clone(), "object", None);
            members(object, &format!("{path}."), depth - 1, found);
        }
    }
}

fn note(found: &mut Found, path: String, kind: &'static str, example: Option<String>) {
    found.entry(path).or_insert((kind, example));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_by_path() {
        let mut fields = BTreeMap::new();
        for object in [
            serde_json::json!({ "total": 4.5, "who": { "name": "Ann" }, "lines": [{ "sku": "a" }, { "sku": "b" }] }),
            serde_json::json!({ "total": 5, "tags": ["x"], "none": null }),
        ] {
            look(object.as_object().unwrap(), &mut fields);
        }
        let told: Vec<_> = fields
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
        let mut fields = BTreeMap::new();
        look(&object, &mut fields);
        bound(&mut fields);
        assert!(fields.is_empty());
        let mut deep = serde_json::json!(1);
        for _ in 0..100 {
            deep = serde_json::json!({ "a": deep });
        }
        look(deep.as_object().unwrap(), &mut fields);
        assert_eq!(fields.len(), DEPTH);
    }
}
