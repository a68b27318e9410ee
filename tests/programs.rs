//! Every program in `programs/` is documentation, fixture and golden test at once.
//!
//! A scenario is `scenarios/<what>.events.yaml`; the trace that it gives stands beside it in
//! `<what>.trace`. `UPDATE=1 cargo test -p tests programs` writes the traces anew.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use program::{Kind, Plan, Program, Stream, check};

use crate::process::stafette_ok;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs")
}

/// The folders of all programs.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("program.yaml").exists());
    folders.sort();
    assert!(!folders.is_empty(), "no program in {}", root().display());
    folders
}

fn program(folder: &Path) -> Program {
    let path = folder.join("program.yaml");
    let text = fs::read_to_string(&path).unwrap();
    Program::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All of them.
pub(crate) fn all() -> Vec<Program> {
    folders().iter().map(|folder| program(folder)).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}

#[test]
fn each_is_valid_and_its_streams_are_there() {
    for folder in folders() {
        let program = program(&folder);
        assert_eq!(check(&program), [], "{}", folder.display());
        assert_eq!(folder.file_name().unwrap().to_str(), Some(program.name.as_str()));
        let mut streams = BTreeSet::new();
        for path in files(&folder.join("streams"), ".yaml") {
            let stream = Stream::parse(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            assert_eq!(mail::check_stream(&stream), [], "{}", path.display());
            assert_eq!(path.file_stem().unwrap().to_str(), Some(stream.name.as_str()));
            streams.insert(stream.name);
        }
        let plan = Plan::new(program).unwrap();
        let named: BTreeSet<_> = plan.streams().into_iter().cloned().collect();
        assert_eq!(streams, named, "streams of {}", folder.display());
        assert!(folder.join("README.md").exists(), "{} has no README.md", folder.display());
    }
}

#[test]
fn each_reads_back_as_it_was_written() {
    for folder in folders() {
        let program = program(&folder);
        assert_eq!(Program::parse(&program.to_yaml()).unwrap(), program);
    }
}

#[test]
fn together_they_show_every_kind() {
    let mut seen = BTreeSet::new();
    for folder in folders() {
        seen.extend(program(&folder).nodes.values().map(|node| node.kind.tag()));
    }
    let missing: Vec<_> = Kind::tags().iter().filter(|tag| !seen.contains(*tag)).collect();
    assert!(missing.is_empty(), "no program shows {missing:?}");
}

#[test]
fn each_scenario_gives_its_trace() {
    for folder in folders() {
        let scenarios = files(&folder.join("scenarios"), ".events.yaml");
        assert!(!scenarios.is_empty(), "{} has no scenario", folder.display());
        for path in scenarios {
            let (program, events) = (folder.display().to_string(), path.display().to_string());
            let trace = stafette_ok(&["simulate", &program, "--events", &events]) + "\n";
            let golden = path.to_string_lossy().replace(".events.yaml", ".trace");
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&golden, &trace).unwrap();
            }
            let expected = fs::read_to_string(&golden).unwrap_or_default();
            assert_eq!(trace, expected, "{golden}; UPDATE=1 writes it anew");
        }
    }
}
