//! Every text in every language: the compiler only warns where one is missing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

type Texts = Map<String, Value>;

/// Name of each text, with the variables in it.
fn keys(file: &str) -> BTreeMap<String, Vec<String>> {
    let groups: Texts = serde_json::from_str(file).unwrap();
    let texts = groups.iter().flat_map(|(group, texts)| {
        texts.as_object().unwrap().iter().map(move |(key, text)| (format!("{group}.{key}"), text.as_str().unwrap()))
    });
    let variables = |text: &str| {
        let mut found: Vec<_> =
            text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim().to_owned()).collect();
        found.sort();
        found
    };
    texts
        .map(|(key, text)| {
            assert!(!text.trim().is_empty(), "{key} is empty");
            (key, variables(text))
        })
        .collect()
}

#[test]
fn every_language_has_every_text_with_its_variables() {
    let english = keys(include_str!("../locales/en.json"));
    assert_eq!(english, keys(include_str!("../locales/de.json")), "German");
    assert_eq!(english, keys(include_str!("../locales/fr.json")), "French");
}
