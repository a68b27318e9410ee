//! Who asks is known to every endpoint, and no code of the server makes a workspace up.

use std::path::Path;

use super::sources;

/// The code of the server without comments and tests, by file.
fn server() -> Vec<(String, String)> {
    let root = Path::new("engine/server/src");
    let ours = sources().into_iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(root).ok()?.to_str()?.to_owned();
        let end = text.find("\n#[cfg(test)]\nmod tests").unwrap_or(text.len());
        let code = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
        Some((path, code.flat_map(|line| [line, "\n"]).collect()))
    });
    // What is measured is a database of its own.
    ours.filter(|(path, _)| !path.starts_with("cli/bench")).collect()
}

#[test]
fn one_place_stands_for_a_workspace_that_nobody_named() {
    let naming: Vec<_> = server()
        .into_iter()
        .flat_map(|(path, code)| vec![path; code.matches("WorkspaceId::DEFAULT").count()])
        .collect();
    assert_eq!(naming, ["access/caller.rs"]);
    // An endpoint whose caller has a workspace uses that.
    let home = |code: &str| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "HOME");
    let endpoints = server().into_iter().filter(|(path, code)| path.starts_with("http/") && home(code));
    let endpoints: Vec<_> = endpoints.map(|(path, _)| path).collect();
    assert_eq!(
        endpoints,
        [
            "http/answers/mod.rs",
            "http/audit/mod.rs",
            "http/auth.rs",
            "http/session/create.rs",
            "http/session/get.rs",
            "http/session/setup.rs"
        ]
    );
}

#[test]
fn every_endpoint_knows_its_caller() {
    let without: Vec<_> = server()
        .into_iter()
        .filter(|(path, code)| {
            path.starts_with("http/") && code.contains("#[utoipa::path(") && !code.contains(": Caller")
        })
        .map(|(path, _)| path)
        .collect();
    // Those that answer everybody.
    assert_eq!(
        without,
        [
            "http/answers/give.rs",
            "http/answers/show.rs",
            "http/session/create.rs",
            "http/session/get.rs",
            "http/session/setup.rs",
            "http/system/health.rs",
            "http/system/openapi.rs",
            "http/system/ready.rs",
        ]
    );
}

/// Rights are asked for by the table of routes. One more question is asked elsewhere: whose events count as our own.
#[test]
fn rights_are_asked_for_in_one_place() {
    let asking: Vec<_> = server()
        .into_iter()
        .filter(|(path, code)| {
            !path.starts_with("access/") && (code.contains(".may(") || code.contains(".rights.has("))
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(asking, ["http/auth.rs", "http/events/create.rs"]);
}
