//! The walls of the house, over `cargo metadata` and the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crate, and which crates of ours it may import.
const WALLS: [(&str, &[&str]); 8] = [
    ("api", &["program"]),
    ("mail", &["program"]),
    ("program", &[]),
    ("runner", &["mail", "program", "store"]),
    ("server", &["api", "mail", "program", "runner", "store"]),
    ("store", &["program"]),
    ("web", &["api", "program"]),
    ("bundle", &[]),
];

/// Crate, and what it must not know.
const STRANGERS: [(&str, &[&str]); 6] = [
    ("api", &["axum", "leptos", "sqlx", "tokio"]),
    ("mail", &["axum", "sqlx"]),
    ("program", &["apalis", "axum", "leptos", "sqlx", "tokio"]),
    ("runner", &["axum", "sqlx"]),
    ("server", &["apalis", "apalis-core", "sqlx"]),
    ("store", &["api", "apalis", "axum", "minijinja"]),
];

/// Lines of a source file; beyond, it is time to split.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut open: Vec<PathBuf> = ["engine", "web/src", "tests", "scripts"].map(|dir| root().join(dir)).into();
    let mut sources = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            if !path.ends_with("target") {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            sources.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
        }
    }
    sources.sort();
    sources
}

#[test]
fn crates_import_only_what_they_may() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().other_options(vec!["--offline".into()]).exec();
    let packages = metadata.unwrap().packages;
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.to_string()).collect();
    let normal: BTreeMap<String, BTreeSet<String>> = packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|dependency| dependency.name.clone()).collect())
        })
        .collect();
    for (name, may) in WALLS {
        for import in normal[name].iter().filter(|import| ours.contains(*import)) {
            assert!(may.contains(&import.as_str()), "{name} imports {import}");
        }
    }
    for (name, strangers) in STRANGERS {
        for stranger in strangers {
            assert!(!normal[name].contains(*stranger), "{name} knows {stranger}");
        }
    }
    let known: BTreeSet<_> = WALLS.iter().map(|(name, _)| name.to_string()).chain(["tests".into()]).collect();
    assert_eq!(ours, known, "a crate without walls");
}

#[test]
fn only_one_file_names_apalis() {
    let naming: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            path.starts_with("engine")
                && text.lines().any(|line| line.contains("apalis_core") || line.trim_start().starts_with("use apalis"))
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(naming, [Path::new("engine/runner/src/worker.rs")]);
}

#[test]
fn sql_stands_in_files() {
    for (path, text) in sources() {
        if ["tests", "engine/store/tests", "scripts/peers"].iter().any(|other| path.starts_with(other)) {
            continue;
        }
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (at, line) in code.enumerate() {
            let statement = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "];
            let found = statement.iter().any(|word| line.contains(word) || line.contains(&word.to_lowercase()));
            assert!(!found, "{}:{} holds SQL text", path.display(), at + 1);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines; split it at {MAX_LINES}", path.display());
        assert!(text.starts_with("//!"), "{} does not begin with what it is", path.display());
    }
}

#[test]
fn the_core_knows_no_clock_and_no_chance() {
    for (path, text) in sources() {
        if !path.starts_with("engine/program/src") {
            continue;
        }
        for word in ["Utc::now", "SystemTime", "Instant", "rand::", "std::fs", "std::net", "new_v4", "now_v7"] {
            assert!(!text.contains(word), "{} knows {word}", path.display());
        }
    }
}

#[test]
fn migrations_are_paired() {
    let names = |dialect: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root().join("migrations").join(dialect)).unwrap();
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
}

#[test]
fn tests_do_not_sleep() {
    for (path, text) in sources() {
        if !path.starts_with("tests") || path.ends_with("tidy.rs") {
            continue;
        }
        for word in ["thread::sleep", "time::sleep("] {
            assert!(!text.contains(word), "{} sleeps; wait for a signal or move the clock", path.display());
        }
    }
}
