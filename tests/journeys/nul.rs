//! NUL, which PostgreSQL stores in no text: no door answers it by a fault of its own, on either database.

use serde_json::{Value, json};

use super::publish::serve;
use crate::{
    process::{Client, Server},
    world::Place,
};

/// What stands for each name in a path.
fn filled(path: &str, with: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str(with);
        rest = after.split_once('}').unwrap().1;
    }
    filled + rest
}

fn no_door_breaks(server: &Server, client: &Client) {
    let (_, document) = client.get(&format!("{}/api/v1/openapi.json", server.url)).unwrap();
    let asked = std::cell::Cell::new(0);
    let answered = |method: &str, path: &str, body: Option<&Value>| {
        let url = format!("{}{path}", server.url);
        let ask = || match (method, body) {
            ("get", _) => client.get(&url),
            ("delete", _) => client.delete(&url),
            ("put", body) => client.put(&url, body.unwrap_or(&Value::Null)),
            (_, body) => client.post(&url, body.unwrap_or(&Value::Null)),
        };
        // A connection that the server has just closed is no answer.
        let answer = ask().or_else(ask);
        let (status, answer) = answer.unwrap_or_else(|| panic!("{method} {path}: no answer"));
        assert!(status < 500, "{method} {path} {body:?}: {status} {answer}");
        asked.set(asked.get() + 1);
        status
    };
    for (path, calls) in document["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            // What is sent for ever is asked elsewhere.
            if path == api::path::LIVE {
                continue;
            }
            let empty = Vec::new();
            let parameters = call["parameters"].as_array().unwrap_or(&empty);
            for with in ["%00", "a%00b", "0190%000"] {
                if path.contains('{') {
                    answered(method, &filled(path, with), Some(&json!({})));
                }
                for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
                    let name = parameter["name"].as_str().unwrap();
                    answered(method, &format!("{}?{name}={with}", filled(path, "order-follow-up")), Some(&json!({})));
                }
            }
        }
    }
    assert!(asked.get() > 250, "{}", asked.get());

    // A session that is none, and bodies whose texts are looked for.
    let nul = "a\u{0}b";
    for (method, path, body) in [
        ("post", "session", json!({ "email": "a\u{0}@b.example", "password": "correct horse battery" })),
        ("post", "session", json!({ "email": "a@b.example", "password": nul })),
        ("post", "setup", json!({ "token": nul, "email": "a\u{0}@b.example", "password": "correct horse battery" })),
        ("post", "keys", json!({ "name": nul, "scopes": ["read"] })),
        ("post", "keys", json!({ "name": "a", "scopes": [nul] })),
        ("post", "programs/order-follow-up/duplicate", json!({ "name": nul, "title": nul })),
        ("post", "programs/order-follow-up/duplicate", json!({ "name": "copy", "title": nul })),
        ("post", "programs", json!({ "stafette": 1, "name": nul, "title": "x", "nodes": {} })),
        (
            "post",
            "programs",
            json!({ "stafette": 1, "name": "x", "title": nul, "description": nul, "nodes": {
            "in": { "kind": "entry", "event": nul, "next": "out" }, "out": { "kind": "exit", "title": nul } } }),
        ),
        (
            "post",
            "programs",
            json!({ "stafette": 1, "name": "x", "title": nul, "description": nul, "nodes": {
            "in": { "kind": "entry", "event": "a", "next": "out" }, "out": { "kind": "exit", "title": nul } } }),
        ),
        (
            "put",
            "programs/order-follow-up/draft",
            json!({ "revision": 0, "program": { "stafette": 1,
            "name": "order-follow-up", "title": nul, "nodes": {} } }),
        ),
        (
            "post",
            "streams",
            json!({ "stafette": 1, "name": "x", "title": nul, "class": "operational",
            "from": { "name": nul, "email": "a@example.test" }, "subject": nul, "html": nul, "text": nul }),
        ),
        ("post", "streams/order-confirmation/preview", json!({ "contact": { "email": nul }, "event": { "a": nul } })),
        ("post", "dead-letters/replay", json!({ "program": nul, "error": nul })),
        ("post", "messages/resolve", json!({ "messages": [nul], "resolution": nul })),
        ("post", "programs/order-follow-up/test-runs", json!({ "contacts": [nul], "event": { "type": nul } })),
        ("post", "events", json!({ "type": nul, "contact": { "external_id": "1" } })),
        ("post", "events", json!({ "type": "a", "id": nul, "contact": { "external_id": "1" } })),
        ("post", "events", json!({ "type": "a", "contact": { "external_id": nul } })),
        ("post", "events", json!({ "type": "a", "contact": { "email": "a\u{0}@example.test" } })),
        (
            "post",
            "events",
            json!({ "type": "a", "contact": { "external_id": "1" },
            "attachments": [{ "filename": nul, "content_type": nul, "data": "" }] }),
        ),
    ] {
        answered(method, &format!("/api/v1/{path}"), Some(&body));
    }
    // Within data it is a character as any other, and a program that looks at it goes on.
    let taken = json!({ "type": "order.placed", "contact": { "external_id": "1", nul: nul }, "data": { nul: nul } });
    assert_eq!(answered("post", "/api/v1/events", Some(&taken)), 202);
    let form = "score=%00&token=%00";
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for path in ["/r/%00", "/r/a%00b", "/setup?token=%00", "/login%00"] {
        let answer = agent.get(format!("{}{path}", server.url)).call().unwrap();
        assert!(answer.status().as_u16() < 500, "{path}");
        let answer = agent.post(format!("{}{path}", server.url)).content_type("application/x-www-form-urlencoded");
        assert!(answer.send(form).unwrap().status().as_u16() < 500, "{path}");
    }
    for header in ["stf_live_%00_%00", "%00"] {
        let answer = Client::new(header).get(&format!("{}/api/v1/contacts", server.url)).unwrap();
        assert_eq!(answer.0, 401, "{answer:?}");
    }
    assert_eq!(client.get(&format!("{}/readyz", server.url)).unwrap().0, 200);
}

#[test]
fn nul_breaks_no_door_on_sqlite() {
    let (_data, server, client) = serve(&["--example"], &[]);
    no_door_breaks(&server, &client);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn nul_breaks_no_door_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("nul"));
    let (_data, server, client) = serve(&["--example"], &["--database-url", &url]);
    no_door_breaks(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(place.remove());
}
