//! Every kind of node and every field of one has its words.

use std::collections::BTreeSet;

use program::Kind;
use serde_json::Value;

/// `KIND` or `KIND.FIELD`, as `locales/en.json` has them. The build checks that the other languages have the same.
fn texts(of: &str) -> BTreeSet<String> {
    let english: Value = serde_json::from_str(include_str!("../locales/en.json")).unwrap();
    let mut found = BTreeSet::new();
    for (kind, fields) in english[of].as_object().unwrap() {
        match fields.as_object() {
            Some(fields) => found.extend(fields.keys().map(|field| format!("{kind}.{}", field.trim_end_matches('_')))),
            None => drop(found.insert(kind.clone())),
        }
    }
    found
}

/// Fails by name, so that nobody has to compare two long lists.
fn same(of: &str, wanted: &BTreeSet<String>) {
    let has = texts(of);
    let missing: Vec<_> = wanted.difference(&has).map(|name| format!("{of}.{name} is missing")).collect();
    let more: Vec<_> = has.difference(wanted).map(|name| format!("{of}.{name} is of no kind")).collect();
    assert!(missing.is_empty() && more.is_empty(), "{missing:#?} {more:#?}");
}

#[test]
fn every_kind_and_every_field_has_words() {
    let kinds: BTreeSet<String> = Kind::tags().iter().map(|tag| (*tag).to_owned()).collect();
    same("kind", &kinds);
    let mut fields = BTreeSet::new();
    for kind in Kind::blanks() {
        fields.extend(kind.as_kind().fields().iter().map(|field| format!("{}.{}", kind.tag(), field.name)));
    }
    same("help", &fields);
    fields.insert("title".into());
    same("field", &fields);
}
