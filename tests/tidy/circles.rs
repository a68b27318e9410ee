//! No two modules of a crate use each other: what both need stands apart from both.

use std::collections::{BTreeMap, BTreeSet};

use super::sources;

#[test]
fn no_two_modules_use_each_other() {
    let mut pairs = BTreeSet::new();
    for name in ["api", "bench", "connect", "letter", "mail", "monitor", "program", "runner", "server", "store"] {
        let code = modules(name);
        let exported = exported(code.get("lib").map_or("", String::as_str));
        let uses = |module: &str| -> BTreeSet<&str> {
            let first = paths(&code[module]).into_iter().map(|path| path.split("::").next().unwrap_or("").to_owned());
            // What is named by its own name is the module's that the crate exports it of.
            let modules =
                first.filter_map(|name| exported.get(&name).or(Some(&name)).and_then(|it| code.get_key_value(it)));
            modules.map(|(module, _)| module.as_str()).collect()
        };
        let uses: BTreeMap<&str, BTreeSet<&str>> =
            code.keys().filter(|module| *module != "lib").map(|module| (module.as_str(), uses(module))).collect();
        for (module, used) in &uses {
            let back = used
                .iter()
                .filter(|other| *other > module && uses.get(*other).is_some_and(|uses| uses.contains(module)));
            pairs.extend(back.map(|other| (name, module.to_string(), other.to_string())));
        }
    }
    assert_eq!(pairs, BTreeSet::new(), "pairs of modules that use each other");
}

/// The server's floors: endpoints stand on services, and services on `store` and `runner`. Only what starts the server
/// knows the endpoints.
#[test]
fn services_know_no_http() {
    let above = ["http", "serve", "address", "cli", "lib"];
    let code = modules("server");
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
fn modules(name: &str) -> BTreeMap<String, String> {
    let root = std::path::Path::new("engine").join(name).join("src");
    let mut modules = BTreeMap::<String, String>::new();
    for (path, text) in sources() {
        let Ok(path) = path.strip_prefix(&root) else { continue };
        if path.file_stem().is_some_and(|stem| stem == "tests") || path.starts_with("main.rs") {
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
