//! The page that a newcomer reads first takes twenty minutes, and what it names is there.

use std::fs;

use super::root;

/// At 250 words a minute.
const MOST_WORDS: usize = 5_000;

/// The folders that its paths begin at.
const HOMES: [&str; 7] =
    ["", "engine", "engine/store/src", "engine/runner/src", "engine/server/src", "web/src", "tests"];

fn page() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

#[test]
fn the_architecture_takes_twenty_minutes() {
    let words = page().split_whitespace().count();
    assert!(words <= MOST_WORDS, "ARCHITECTURE.md has {words} words; what concerns one module stands in that module");
}

#[test]
fn what_the_architecture_names_is_there() {
    let page = page();
    // What stands in backticks is each second part.
    let named = page.split('`').skip(1).step_by(2).filter(|name| {
        let file = [".rs", ".sql", ".md", ".txt"].iter().any(|ending| name.ends_with(ending));
        let folder = name.contains('/') && !name.starts_with('/');
        (file || folder) && !name.contains(' ')
    });
    let mut found = 0;
    for name in named {
        assert!(HOMES.iter().any(|home| root().join(home).join(name).exists()), "ARCHITECTURE.md names {name}");
        found += 1;
    }
    assert!(found > 50, "it names {found} files and folders");
}
