//! The OpenAPI document says what the router does.

use axum::{body::Body, http::StatusCode};
use serde_json::Value;

use crate::world::{As, World, request};

/// Method, path as documented, and the path with its parameters filled in.
pub(crate) fn operations() -> Vec<(String, String, String)> {
    let document = serde_json::to_value(server::http::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| ["get", "post", "put", "delete", "patch"].contains(&key.as_str()))
        {
            let filled = ["event", "contact", "token", "message", "mail", "key", "run"]
                .iter()
                .fold(path.clone(), |path, name| {
                    path.replace(&format!("{{{name}}}"), "01890000-0000-7000-8000-000000000000")
                });
            let filled = filled.replace("{program}", "none").replace("{stream}", "none").replace("{number}", "1");
            let filled = filled.replace("{event_type}", "any");
            let filled = filled.replace("{queue}", "marketing");
            all.push((method.to_uppercase(), path.clone(), filled.replace("{link}", "none.0")));
        }
    }
    all
}

#[tokio::test]
async fn every_documented_call_is_answered() {
    let world = World::new(&[]).await;
    for (method, template, path) in operations() {
        assert!(!path.contains('{'), "{path}");
        let answer = world.ask(request(&method, &path, &As::Nobody).body(Body::empty()).unwrap()).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert!(
            answer.status != StatusCode::NOT_FOUND || template == "/r/{link}",
            "{method} {path}: {}",
            answer.text()
        );
    }
}

#[test]
fn every_route_is_documented() {
    let table = include_str!("../../src/http/table.rs");
    // The macro puts a handler into router and document at once; nothing may go round it.
    assert!(!table.contains(".route(") && !table.contains(".nest("));
    let lists = table.split("routes!(").skip(1).map(|rest| rest.split_once("))").unwrap().0);
    let routed: Vec<_> = lists.flat_map(|list| list.split(',')).map(|path| path.rsplit("::").next().unwrap()).collect();
    let document = serde_json::to_value(server::http::document()).unwrap();
    let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let documented: Vec<_> = items.filter_map(|operation| operation["operationId"].as_str()).collect();
    // By name and number: none is missing, and none is there twice.
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join("\n")
    };
    assert!(!routed.is_empty());
    assert_eq!(sorted(documented), sorted(routed));
}

#[test]
fn the_document_is_whole() {
    let document = serde_json::to_value(server::http::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values().filter(|operation| operation.is_object()) {
            ids.push(operation["operationId"].as_str().unwrap().to_string());
            let content = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert!(content["schema"]["$ref"].as_str().is_some_and(|at| at.ends_with("ProblemDetails")), "{operation}");
            // What is brought may be wrong.
            let brings = operation["requestBody"].is_object();
            assert!(!brings || operation["responses"]["422"].is_object(), "{operation}");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{operation}");
        }
    }
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number);
    // Every reference leads somewhere.
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(at) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(at.trim_start_matches('#')).is_some(), "{at}");
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
