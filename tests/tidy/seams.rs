//! What another database would need to be done otherwise stands in three files of the store: who takes rows that others skip
//! (`claim.rs`), how nodes wake each other (`wake.rs`), and what one does while the others wait (`leader.rs`).

use super::{root, sources};

/// File, folder of statements, and the words that stand nowhere else.
const SEAMS: [(&str, &str, &[&str]); 3] = [
    ("claim.rs", "claim", &["SKIP LOCKED"]),
    ("wake.rs", "wake", &["NOTIFY", "pg_notify", "PgListener"]),
    ("leader.rs", "leader", &["advisory"]),
];

/// Statements of the store, as path below `sql` and text.
fn statements() -> Vec<(String, String)> {
    let home = root().join("engine/store/sql");
    let (mut open, mut found) = (vec![home.clone()], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(&home).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    found
}

#[test]
fn claims_wake_ups_and_leaders_have_a_file_each() {
    let statements = statements();
    let files: Vec<_> = sources()
        .into_iter()
        .filter(|(path, _)| ["engine/store/src", "engine/runner/src"].iter().any(|home| path.starts_with(home)))
        .filter(|(path, _)| !path.ends_with("tests.rs"))
        .collect();
    for (file, folder, words) in SEAMS {
        let mut at_home = 0;
        for word in words {
            for (path, text) in &files {
                let home = *path == std::path::Path::new("engine/store/src").join(file);
                at_home += usize::from(home && text.contains(word));
                assert!(home || !text.contains(word), "{} names {word}, which is for {file}", path.display());
            }
            for (name, text) in &statements {
                let home = name.starts_with(&format!("{folder}/"));
                at_home += usize::from(home && text.contains(word));
                assert!(home || !text.contains(word), "{name} says {word}, which is for {folder}/");
            }
        }
        assert!(at_home > 0, "{file} names none of {words:?}");
    }
}

#[test]
fn statements_of_claims_are_used_in_one_file() {
    let names: Vec<String> = statements()
        .into_iter()
        .filter_map(|(name, _)| Some(name.strip_prefix("claim/")?.rsplit('/').next()?.strip_suffix(".sql")?.to_owned()))
        .flat_map(|name| match name.strip_prefix("lane_") {
            Some(rest) => vec![format!("message_{rest}"), format!("call_{rest}")],
            None => vec![name],
        })
        .collect();
    assert!(names.len() > 5, "{names:?}");
    for (path, text) in sources() {
        if !path.starts_with("engine/store/src") || path.ends_with("claim.rs") || path.ends_with("tests.rs") {
            continue;
        }
        let mut used = text.match_indices("sql::").map(|(at, found)| {
            let rest = &text[at + found.len()..];
            rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
        });
        let found = used.find(|used| names.iter().any(|name| name == used));
        assert_eq!(found, None, "{} uses a statement of claim.rs", path.display());
    }
}
