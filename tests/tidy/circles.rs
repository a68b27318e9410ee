//! No modules of a crate use each other in a circle, however long: what they need stands apart from them.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::DiGraph;

use super::sources;

/// The crates, by the folder of their sources.
const CRATES: [&str; 13] = [
    "engine/api/src",
    "engine/bench/src",
    "engine/connect/src",
    "engine/letter/src",
    "engine/mail/src",
    "engine/monitor/src",
    "engine/program/src",
    "engine/runner/src",
    "engine/server/src",
    "engine/store/src",
    "scripts/bundle/src",
    "tests",
    "web/src",
];

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut found = Vec::new();
    for home in CRATES {
        let code = modules(home);
        assert!(code.len() > 1, "{home} has no modules");
        let roots = ["lib", "main", "system"];
        let root: String = roots.iter().filter_map(|root| code.get(*root)).map(String::as_str).collect();
        let exported = exported(&root);
        let mut uses = Vec::new();
        for (module, code_of) in code.iter().filter(|(module, _)| !roots.contains(&module.as_str())) {
            let first = paths(code_of).into_iter().map(|path| path.split("::").next().unwrap_or("").to_owned());
            // What is named by its own name is the module's that the crate exports it of.
            let used = first.map(|name| exported.get(&name).cloned().unwrap_or(name));
            let used = used.filter(|used| used != module && !roots.contains(&used.as_str()));
            uses.extend(used.filter(|used| code.contains_key(used)).map(|used| (module.clone(), used)));
        }
        found.extend(circles(&uses).into_iter().map(|circle| format!("{home}: {}", circle.join(", "))));
    }
    assert_eq!(found, [""; 0], "modules that use each other, whatever is between them");
}

/// Who reaches each other, by who uses whom.
fn circles(uses: &[(String, String)]) -> Vec<Vec<&str>> {
    let names: BTreeSet<&str> = uses.iter().flat_map(|(user, used)| [user.as_str(), used.as_str()]).collect();
    let mut graph = DiGraph::<&str, ()>::new();
    let nodes: BTreeMap<&str, _> = names.into_iter().map(|name| (name, graph.add_node(name))).collect();
    for (user, used) in uses {
        graph.add_edge(nodes[user.as_str()], nodes[used.as_str()], ());
    }
    let parts = petgraph::algo::tarjan_scc(&graph).into_iter().filter(|part| part.len() > 1);
    let mut parts: Vec<Vec<&str>> = parts.map(|part| part.into_iter().map(|node| graph[node]).collect()).collect();
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts.sort_unstable();
    parts
}

#[test]
fn a_circle_of_three_is_found() {
    let uses = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect::<Vec<_>>();
    let chain = uses(&[("a", "b"), ("b", "c"), ("a", "c"), ("d", "a")]);
    assert_eq!(circles(&chain), Vec::<Vec<&str>>::new());
    let closed = uses(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "f"), ("f", "e")]);
    assert_eq!(circles(&closed), [vec!["a", "b", "c"], vec!["e", "f"]]);
}

/// The server's floors: endpoints stand on services, and services on `store` and `runner`. Only what starts the server
/// knows the endpoints.
#[test]
fn services_know_no_http() {
    let above = ["http", "serve", "address", "cli", "lib"];
    let code = modules("engine/server/src");
    for module in ["definitions", "drafts", "dry_run", "incoming", "known", "names", "test_runs"] {
        assert!(code.contains_key(module), "{module} is not a module of the server");
    }
    for (module, code) in code.iter().filter(|(module, _)| !above.contains(&module.as_str())) {
        let climbs = paths(code).into_iter().find(|path| {
            let first = path.split("::").next().unwrap_or("");
            first == "http" || first == "App"
        });
        assert_eq!(climbs, None, "{module} knows the endpoints");
        for word in ["axum::", "ApiError", "StatusCode"] {
            // The listener below them is made of axum's parts; it knows no endpoint.
            assert!(module == "listen" || !code.contains(word), "{module} names {word}");
        }
    }
}

/// The code of each module directly below a crate's root, with all that is below it, without tests and comments.
fn modules(home: &str) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::<String, String>::new();
    for (path, text) in sources() {
        let Ok(path) = path.strip_prefix(home) else { continue };
        // Binaries of their own stand on the crate.
        let tests = home != "tests" && path.file_stem().is_some_and(|stem| stem == "tests");
        if tests || path.starts_with("bin") || home.starts_with("engine") && path.starts_with("main.rs") {
            continue;
        }
        let first = path.iter().next().unwrap().to_str().unwrap();
        // Tests stand at the end of a file, or in one of their own.
        let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        let code = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
        let module = modules.entry(first.trim_end_matches(".rs").to_owned()).or_default();
        code.for_each(|line| module.extend([line.trim(), " "]));
    }
    modules
}

/// Whose each name is that the root of a crate exports.
fn exported(lib: &str) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for statement in lib.split(';') {
        let Some((_, path)) = statement.split_once("pub use ").or_else(|| statement.split_once("pub(crate) use "))
        else {
            continue;
        };
        let Some((module, names)) = path.trim().split_once("::") else { continue };
        let names = names.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty());
        exported.extend(names.map(|name| (name.to_owned(), module.to_owned())));
    }
    exported
}

/// The paths that begin at the crate's root, as far as they are told apart there.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$')) {
        let rest = &code[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            paths.push(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned());
            continue;
        };
        let (mut depth, mut name) = (0, String::new());
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => paths.push(std::mem::take(&mut name)),
                c if depth == 0 && !c.is_whitespace() => name.push(c),
                _ => {}
            }
        }
        paths.push(name);
    }
    paths
}

#[test]
fn paths_are_found_in_code() {
    let code =
        "use crate::{ Error, args::Args, db::{self, Tx}, words::{Word as _, words}, }; crate::page::ROOM $crate::x";
    let found: Vec<_> = paths(code).iter().map(|path| path.split("::").next().unwrap().to_owned()).collect();
    assert_eq!(found, ["Error", "args", "db", "words", "", "page"]);
    let exported = exported("mod a; pub use a::{B, C as _}; pub(crate) use d::e;");
    assert_eq!((exported["B"].as_str(), exported["e"].as_str()), ("a", "d"));
}
