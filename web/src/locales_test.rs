//! Tests that every language has every text, because the compiler only warns about a missing one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

type Texts = Map<String, Value>;

/// The texts of a group and of the groups in it.
fn leaves<'a>(path: &str, group: &'a Texts, into: &mut Vec<(String, &'a str)>) {
    for (key, text) in group {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match text {
            Value::Object(group) => leaves(&path, group, into),
            text => into.push((path, text.as_str().unwrap())),
        }
    }
}

/// Name of each text, with the variables in it.
fn keys(file: &str) -> BTreeMap<String, Vec<String>> {
    let groups: Texts = serde_json::from_str(file).unwrap();
    let mut texts = Vec::new();
    leaves("", &groups, &mut texts);
    let variables = |text: &str| {
        let mut found: Vec<_> =
            text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim().to_owned()).collect();
        found.sort();
        found
    };
    texts
        .into_iter()
        .map(|(key, text)| {
            assert!(!text.trim().is_empty(), "{key} is empty");
            (key, variables(text))
        })
        .collect()
}

/// What pages may be told when a call is refused has words in the reader's language. What only clients of the API are
/// told keeps the server's.
#[test]
fn every_code_of_a_refusal_has_words() {
    const NO_PAGE: [&str; 5] =
        ["malformed_json", "method_not_allowed", "queue_full", "unsupported_coding", "unsupported_type"];
    let refusals = include_str!("../../engine/server/src/http/error.rs").split("(S::").skip(1);
    let code = |text: &&str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let codes: Vec<_> = refusals.filter_map(|refusal| refusal.split('"').nth(1)).filter(code).collect();
    assert!(codes.len() > 15, "{codes:?}");
    let words = include_str!("words/refused.rs");
    for code in codes {
        assert_ne!(words.contains(&format!("\"{code}\" =>")), NO_PAGE.contains(&code), "{code}");
    }
}

#[test]
fn every_language_has_every_text_with_its_variables() {
    let english = keys(include_str!("../locales/en.json"));
    let others = [("German", include_str!("../locales/de.json")), ("French", include_str!("../locales/fr.json"))];
    let mut wrong = Vec::new();
    for (language, file) in others {
        let texts = keys(file);
        for (key, variables) in &english {
            match texts.get(key) {
                None => wrong.push(format!("{language} lacks {key}")),
                Some(own) if own != variables => wrong.push(format!("{language} {key} has {own:?}, not {variables:?}")),
                Some(_) => {}
            }
        }
        let more = texts.keys().filter(|key| !english.contains_key(*key));
        wrong.extend(more.map(|key| format!("English lacks {key}, which {language} has")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
