//! What is asked of a kind of node is asked by its contract: no kind is named elsewhere, so that none is overlooked there.

use super::{root, sources};

/// Where a kind may have words and a picture of its own. One that is not named there has those of its first field and
/// of its family.
const WORDS_AND_PICTURES: [&str; 2] = ["web/src/parts/icon.rs", "web/src/words.rs"];

#[test]
fn kinds_are_named_at_home_and_in_words_alone() {
    let list = std::fs::read_to_string(root().join("engine/program/src/node/mod.rs")).unwrap();
    let (_, list) = list.split_once("\nkinds! {\n").unwrap();
    let kinds: Vec<_> = list.lines().map_while(|line| line.trim().strip_suffix(',')?.split_once(": ")).collect();
    assert!(kinds.len() > 5, "{kinds:?}");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let untold: Vec<_> = kinds.iter().filter(|(tag, _)| !readme.contains(&format!("`{tag}`"))).collect();
    assert!(untold.is_empty(), "README's list of kinds lacks {untold:?}");
    for (path, text) in sources() {
        let is = |places: &[&str]| places.iter().any(|at| path.ends_with(at));
        let test = path.components().any(|part| ["tests", "tests.rs"].iter().any(|name| part.as_os_str() == *name));
        if path.starts_with("engine/program/src/node") || test {
            continue;
        }
        for (tag, kind) in &kinds {
            let found = named(code(&text), tag, kind).filter(|named| match named {
                Named::Variant | Named::Type => !is(&WORDS_AND_PICTURES),
                Named::Tag => true,
            });
            assert!(found.is_none(), "{} names {kind}: {found:?}", path.display());
        }
    }
}

/// What is no test and no comment.
fn code(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// How a kind is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Variant,
    Type,
    Tag,
}

/// How code names a kind, if it does. A tag of one word is also a word of English, and names a kind where something is
/// compared with it.
fn named(code: String, tag: &str, kind: &str) -> Option<Named> {
    let word = |at: usize, name: &str| {
        let next = code[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let says = |name: &str| code.match_indices(name).any(|(at, _)| word(at, name));
    let listed = || {
        let lists = code.split("node::{").skip(1).filter_map(|rest| rest.split('}').next());
        lists.flat_map(|list| list.split(',')).any(|name| name.trim() == kind)
    };
    let literal = format!("\"{tag}\"");
    let compared =
        [format!("== {literal}"), format!("!= {literal}"), format!("{literal} =="), format!("Some({literal})")];
    match () {
        () if says(&format!("Kind::{kind}")) => Some(Named::Variant),
        () if says(&format!("node::{kind}")) || listed() => Some(Named::Type),
        () if tag.contains('_') && code.contains(&literal) => Some(Named::Tag),
        () if compared.iter().any(|text| code.contains(text)) => Some(Named::Tag),
        () => None,
    }
}

#[test]
fn a_kind_is_seen_by_whatever_name() {
    for (code, expected) in [
        ("Kind::WaitForEvent(wait)", Some(Named::Variant)),
        ("program::node::WaitForEvent::default()", Some(Named::Type)),
        ("use program::node::{Split, WaitForEvent};", Some(Named::Type)),
        ("kind.tag() == \"wait_for_event\"", Some(Named::Tag)),
        ("match tag { \"wait_for_event\" => 1 }", Some(Named::Tag)),
        ("Kind::WaitForEvents", None),
        ("\"wait_for_events\"", None),
    ] {
        assert_eq!(named(code.into(), "wait_for_event", "WaitForEvent"), expected, "{code}");
    }
    for (code, expected) in [("tag == \"exit\"", Some(Named::Tag)), ("Family::Exit => \"exit\"", None)] {
        assert_eq!(named(code.into(), "exit", "Exit"), expected, "{code}");
    }
}
