//! Bad input: each gets a clear error with its place, and the rest is kept or refused as documented.

use serde_json::{Value, json};

use crate::process::{Client, Server, stafette, stafette_ok};

fn good(n: usize) -> Value {
    json!({ "type": "order.placed", "contact": { "email": format!("c{n}@example.test") }, "data": {} })
}

#[test]
fn each_mistake_is_said_with_its_place() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example"]);
    let key = stafette_ok(&["keys", "create", "--data", folder, "--scope", "events:write", "--scope", "read"]);
    let client = Client::new(&key);
    let events = format!("{}/api/v1/events", server.url);
    let stored = || client.all(&events).unwrap().len();

    // A wrong key.
    let (status, problem) = Client::new("stf_live_nobody_nothing").post(&events, &good(0)).unwrap();
    assert_eq!((status, problem["code"].as_str().unwrap()), (401, "unauthorized"), "{problem}");

    // One wrong event.
    for (body, field) in [
        (json!({ "type": "a", "contact": { "email": "a@example.test\r\nBcc: b@example.test" } }), "contact.email"),
        (json!({ "type": "a", "contact": {} }), "contact"),
        (json!({ "type": "", "contact": { "email": "a@example.test" } }), "type"),
        (json!({ "type": "a", "contact": { "email": "a@example.test" }, "date": {} }), "date"),
        (
            json!({ "type": "a", "contact": { "email": "a@example.test" }, "data": { "x": "y".repeat(1_100_000) } }),
            "data",
        ),
        (
            json!({ "type": "a", "contact": { "email": "a@example.test" }, "attachments": [{ "filename": "a.pdf", "data": "%%%" }] }),
            "attachments[0].data",
        ),
    ] {
        let (status, problem) = client.post(&events, &body).unwrap();
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(field)), "{problem}");
    }
    assert_eq!(stored(), 0);

    // One wrong item among a thousand: the rest is kept.
    let mut items: Vec<Value> = (0..1_000).map(good).collect();
    items[499]["contact"]["email"] = json!("nobody");
    let (status, receipt) = client.post(&events, &Value::Array(items.clone())).unwrap();
    assert_eq!(
        (status, &receipt["accepted"], &receipt["rejected"]),
        (202, &json!(999), &json!(1)),
        "{}",
        receipt["results"][499]
    );
    assert_eq!(receipt["results"][499]["field"], "contact.email");
    assert_eq!(stored(), 999);

    // Malformed JSON at item 500 of 1,000: nothing of the request is kept, and the item is named.
    items[499] = json!("@@");
    let text = Value::Array(items).to_string().replace("\"@@\"", "{\"type\": \"a\",, }");
    let (status, problem) = client.post_text(&events, &text).unwrap();
    assert_eq!((status, problem["code"].as_str().unwrap()), (400, "malformed_json"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("item [499]: "), "{problem}");
    assert_eq!(stored(), 999);

    // Too many.
    let (status, _) = client.post(&events, &(0..1_001).map(good).collect()).unwrap();
    assert_eq!(status, 413);

    // An event type that nobody has seen is registered: that is the default.
    let body = json!({ "type": "page.visited", "contact": { "email": "c1@example.test" } });
    let (status, receipt) = client.post(&events, &body).unwrap();
    assert_eq!((status, &receipt["results"][0]["started"]), (202, &json!(0)), "{receipt}");
    assert_eq!(server.terminate(), Some(0));

    // A workspace that refuses them says so.
    let server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--unknown-events", "refuse"]);
    let body = json!({ "type": "page.left", "contact": { "email": "c1@example.test" } });
    let (status, problem) = client.post(&format!("{}/api/v1/events", server.url), &body).unwrap();
    assert_eq!((status, problem["errors"][0]["code"].as_str()), (422, Some("unknown_event_type")), "{problem}");
}

#[test]
fn a_wrong_program_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program.yaml");
    let head = "stafette: 1\nname: t\ntitle: T\nnodes:\n  in: { kind: entry, event: a, next: x }\n";
    for (nodes, place, code) in [
        ("  x: { kind: wait, duration: 1d, next: y }\n  y: { kind: wait, duration: 1d, next: x }\n", ":6:", "cycle"),
        ("  x: { kind: teleport }\n", ":6:", "teleport"),
        ("  x:\n    kind: condition\n    when: evnt.total > 1\n", ":8:", "evnt"),
        ("  x:\n    kind: condition\n    when: event.total >\n", ":8:", "expression"),
    ] {
        std::fs::write(&path, format!("{head}{nodes}")).unwrap();
        let output = stafette(&["programs", "check", path.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(place) && said.contains(code), "{said}");
    }
}
