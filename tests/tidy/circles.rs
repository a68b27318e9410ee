//! No modules of a crate use each other in a circle, however long: what they need stands apart from them.
//!
//! That holds at each level, between the modules that stand side by side, each with all that is below it. A module and
//! those below it may know each other. What a module exports of another one is that one's. Methods are called without a
//! path, so what is used by them alone is not seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cargo_metadata::MetadataCommand;
use petgraph::graph::DiGraph;

use super::{
    modules::{Modules, Named, Place},
    root,
};

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().other_options(vec!["--offline".into()]).exec();
    let targets = metadata.unwrap().packages.into_iter().flat_map(|package| package.targets);
    let roots: BTreeSet<PathBuf> = targets.map(|target| target.src_path.into_std_path_buf()).collect();
    for crates in
        ["engine/store/src/lib.rs", "engine/store/tests/conformance/main.rs", "tests/system.rs", "web/src/main.rs"]
    {
        assert!(roots.contains(&root().join(crates)), "{crates} is no root of a crate");
    }
    let mut found = Vec::new();
    for file in &roots {
        let name = file.strip_prefix(root()).unwrap().display();
        found.extend(circles(&Modules::read(file).named()).iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(found.is_empty(), "modules that use each other, whatever is between them:\n{}", found.join("\n"));
}

/// The circles of each level: who reaches each other, and where it is said.
fn circles(named: &BTreeSet<Named>) -> Vec<String> {
    let mut levels = BTreeMap::<Place, BTreeMap<(&str, &str), &str>>::new();
    for Named { user, used, at } in named {
        let above = user.iter().zip(used).take_while(|(a, b)| a == b).count();
        let level = levels.entry(user[..above].to_vec()).or_default();
        level.entry((&user[above], &used[above])).or_insert(at);
    }
    let mut circles = Vec::new();
    for (level, uses) in levels {
        let names: BTreeSet<&str> = uses.keys().flat_map(|(user, used)| [*user, *used]).collect();
        let mut graph = DiGraph::<&str, ()>::new();
        let nodes: BTreeMap<&str, _> = names.into_iter().map(|name| (name, graph.add_node(name))).collect();
        for (user, used) in uses.keys() {
            graph.add_edge(nodes[user], nodes[used], ());
        }
        for part in petgraph::algo::tarjan_scc(&graph).into_iter().filter(|part| part.len() > 1) {
            let part: BTreeSet<&str> = part.into_iter().map(|node| graph[node]).collect();
            let inside = uses.iter().filter(|((user, used), _)| part.contains(user) && part.contains(used));
            let said = inside.map(|((user, used), at)| format!("\n  {user} uses {used}: {at}"));
            let part: Vec<_> = part
                .iter()
                .map(|name| level.iter().map(String::as_str).chain([*name]).collect::<Vec<_>>().join("::"))
                .collect();
            circles.push(format!("{}{}", part.join(", "), said.collect::<String>()));
        }
    }
    circles.sort_unstable();
    circles
}

/// Circles in a crate of these files.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    for (name, code) in files {
        let file = home.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, code).unwrap();
    }
    let found = circles(&Modules::read(&home.path().join("lib.rs")).named());
    found.iter().map(|circle| circle.lines().next().unwrap().to_owned()).collect()
}

#[test]
fn circles_are_found_at_each_level() {
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use b::Made; pub struct Root;");
    for (what, files, expected) in [
        ("a chain", vec![("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B; use crate::c;"), ("c.rs", "")], ""),
        (
            "three",
            vec![("a.rs", "use crate::b;"), ("b.rs", "use crate::c;"), ("c.rs", "fn f() { crate::a::f() }")],
            "a, b, c",
        ),
        (
            "what the root exports",
            vec![("a.rs", "use crate::Made;"), ("b.rs", "pub struct Made; use super::a;"), ("c.rs", "")],
            "a, b",
        ),
        (
            "what stands in the root",
            vec![("a.rs", "use crate::{Root, c::f};"), ("b.rs", ""), ("c.rs", "use super::Root;")],
            "",
        ),
        (
            "modules below",
            vec![
                ("a.rs", "mod x;"),
                ("a/x.rs", "use super::super::b::y::f;"),
                ("b/mod.rs", "mod y;"),
                ("b/y.rs", "use crate::{c, a::{self, x}};"),
                ("c.rs", ""),
            ],
            "a, b",
        ),
        (
            "modules below, among themselves",
            vec![
                ("a.rs", ""),
                ("b.rs", "mod x; mod y; pub(crate) use x::X; pub fn f() { y::g() }"),
                ("b/x.rs", "pub struct X; fn g() { super::y::g() }"),
                ("b/y.rs", "use super::X; pub fn g() {}"),
                ("c.rs", ""),
            ],
            "b::x, b::y",
        ),
        (
            "a module and its own",
            vec![
                ("a.rs", "mod x; fn f() { x::g() }"),
                ("a/x.rs", "pub fn g() { super::f() }"),
                ("b.rs", ""),
                ("c.rs", ""),
            ],
            "",
        ),
        (
            "names for names",
            vec![
                ("a.rs", "use crate::c as other; fn f() { other::f() }"),
                ("b.rs", ""),
                ("c.rs", "use crate::*; fn f() { a::f() }"),
            ],
            "a, c",
        ),
        (
            "one name in two functions, of which each takes another one",
            vec![
                ("a.rs", "fn f() { use crate::b::X; } fn g() { use crate::c::X; }"),
                ("b.rs", "pub struct X; use crate::a::f;"),
                ("c.rs", "pub struct X;"),
            ],
            "a, b",
        ),
        (
            "what a parent exports, where a method has the same name",
            vec![
                ("a.rs", "mod x; mod y; use x::open; impl A { fn open() {} }"),
                ("a/x.rs", "use super::y; pub fn open() {}"),
                ("a/y.rs", "fn f() { super::open() }"),
                ("b.rs", ""),
                ("c.rs", ""),
            ],
            "a::x, a::y",
        ),
        (
            "macros",
            vec![
                ("a.rs", "macro_rules! say { () => { $crate::c::f() } }"),
                ("b.rs", ""),
                ("c.rs", "fn f() { say!() }"),
            ],
            "a, c",
        ),
        (
            "tests",
            vec![
                ("a.rs", "#[cfg(test)] mod tests { use crate::b; }"),
                ("b.rs", "use crate::a;"),
                ("c.rs", "// crate::a\n"),
            ],
            "",
        ),
    ] {
        let files: Vec<_> = [lib].into_iter().chain(files).collect();
        assert_eq!(circles_of(&files).join("; "), expected, "{what}");
    }
}

/// The server's floors: endpoints stand on services, and services on `store` and `runner`. Only what starts the server
/// knows the endpoints.
#[test]
fn services_know_no_http() {
    let above =
        |place: &Place| place.first().is_none_or(|first| ["http", "serve", "address", "cli"].contains(&first.as_str()));
    let modules = Modules::read(&root().join("engine/server/src/lib.rs"));
    for module in ["definitions", "drafts", "dry_run", "incoming", "known", "names", "test_runs"] {
        assert!(modules.words().any(|(place, _)| place[..] == [module]), "{module} is not a module of the server");
    }
    let climbs: Vec<_> = modules.named().into_iter().filter(|it| !above(&it.user) && it.used[0] == "http").collect();
    assert_eq!(climbs, [], "they know the endpoints");
    for (place, word) in modules.words().filter(|(place, _)| !above(place)) {
        // The listener below them is made of axum's parts; it knows no endpoint.
        let theirs = ["axum", "ApiError", "StatusCode"].contains(&word.as_str());
        assert!(!theirs || place[0] == "listen", "{} names {word}", place.join("::"));
    }
}
