//! Tests of the texts of all languages, and of the tables that are made of them.

use std::collections::BTreeSet;

use crate::{
    i18n::Language,
    texts::{Text, Texts, differences, read, table},
};

/// What a file of `locales/` says.
fn texts(language: Language) -> Texts {
    let file = match language {
        Language::English => include_str!("../locales/en.json"),
        Language::German => include_str!("../locales/de.json"),
        Language::French => include_str!("../locales/fr.json"),
    };
    read(file).unwrap()
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
    let english = texts(Language::English);
    assert!(english.len() > 1_000);
    for language in Language::ALL {
        let own = texts(language);
        assert_eq!(differences(&english, &own), Vec::<String>::new(), "{language:?}");
        for (key, text) in own {
            assert!(text.forms().iter().all(|form| !form.trim().is_empty()), "{language:?}: {key} is empty");
        }
    }
}

#[test]
fn what_a_language_lacks_is_found() {
    let english = read(r#"{ "a": { "b": "x {{ n }}", "c": { "one": "1", "other": "{{ n }} of {{ m }}" } } }"#).unwrap();
    for (file, wrong) in [
        (r#"{ "a": { "b": "x" } }"#, &["a.b has the variables {}, not {\"n\"}", "a.c is missing"][..]),
        (
            r#"{ "a": { "b": "{{n}}", "c": "{{ n }} of {{ m }}" }, "d": "y" }"#,
            &["a.c has other forms", "d is not in English"],
        ),
        (r#"{ "a": { "b": "{{n}}", "c": { "one": "of {{ m }}", "other": "{{ n }}" } } }"#, &[]),
    ] {
        assert_eq!(differences(&english, &read(file).unwrap()), wrong, "{file}");
    }
    // A text that has one form only is no group, and no text either.
    assert!(read(r#"{ "a": { "one": "1", "other": 2 } }"#).is_err());
}

/// One form a line, in the order of keys and with the numbers of the variables: all that the app knows of a table.
#[test]
fn tables_of_all_languages_go_by_the_same_numbers() {
    let file = r#"{ "b": "{{ to }} of {{ from }}", "a": { "y": { "one": "{{ n }} mail to {{ at }}", "other": "{{ n }} mails" } } }"#;
    assert_eq!(table(&read(file).unwrap()).unwrap(), "{1} mail to {0}\n{1} mails\n{1} of {0}\n");
    let lines: BTreeSet<_> = Language::ALL.map(|language| table(&texts(language)).unwrap().lines().count()).into();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for broken in [r#"{ "a": "{ n }" }"#, r#"{ "a": "two\nlines" }"#, r#"{ "a": "{{ n" }"#] {
        assert!(table(&read(broken).unwrap()).is_err(), "{broken}");
    }
}

/// Where the number chooses the form, the other forms say it; and nothing puts an ending in brackets.
#[test]
fn numbers_have_their_forms() {
    for language in Language::ALL {
        for (key, text) in texts(language) {
            if let Text::Forms(one, other) = &text {
                assert!(other.contains("{{ n }}"), "{language:?}: {key} does not say how many");
                // Where that form is of none, too.
                let says = one.contains("{{ n }}") || !language.is_one(0);
                assert!(says, "{language:?}: {key} does not say how many");
            }
            for form in text.forms() {
                assert!(
                    !["(s)", "(e)", "(n)", "(en)"].iter().any(|ending| form.contains(ending)),
                    "{language:?}: {key}"
                );
            }
        }
    }
}
