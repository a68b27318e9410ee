//! Mails that cannot be written are found before anybody should get one.

use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

use crate::world::{As, World, request};

/// A program that sends this stream for events `go`.
fn program(kind: &str, stream: &str) -> Value {
    let mut mail = json!({ "kind": kind, "stream": stream, "next": "out" });
    if kind == "survey" {
        mail["question"] = "How was it?".into();
    }
    json!({ "stafette": 1, "name": "trip", "title": "Trip", "nodes": {
        "in": { "kind": "entry", "event": "go", "again": "always", "next": "mail" },
        "mail": mail,
        "out": { "kind": "exit" },
    } })
}

/// Severity, node and text of each problem that the server finds in this draft.
async fn found(world: &World, who: &As, draft: &Value, revision: u64) -> Vec<String> {
    let body = json!({ "program": draft, "revision": revision }).to_string();
    let saved = world.ask(request("PUT", "/api/v1/programs/trip/draft", who).body(Body::from(body)).unwrap()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let told = world.get("/api/v1/programs/trip/draft/problems", who).await.json();
    let problems = told["problems"].as_array().unwrap().iter();
    problems.map(|it| format!("{} {} {}", it["severity"], it["node"], it["message"]).replace('"', "")).collect()
}

async fn send(world: &World, who: &As, n: usize, data: Value) {
    let event =
        json!({ "type": "go", "id": format!("go-{n}"), "contact": { "email": "ann@example.test" }, "data": data });
    let sent = world.post(api::path::EVENTS, who, event.to_string()).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text());
}

#[tokio::test]
async fn each_mail_is_written_for_the_newest_events() {
    let world = World::new(&["--example"]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    // The mail of a survey, sent as a plain one, has no question and no links, whatever comes.
    let plain = program("send_mail", "satisfaction-survey");
    let reason = "subject, line 1: `survey` is undefined; write `| default(\\…\\)` behind it, or `if … is defined` \
                  around it";
    let never = "error mail The mail \\satisfaction-survey\\ cannot be written here, whatever event comes.";
    assert_eq!(found(&world, &key, &plain, 0).await, [format!("{never} {reason}")]);
    let order = program("send_mail", "order-confirmation");
    assert_eq!(found(&world, &key, &order, 1).await, Vec::<String>::new(), "nobody knows what events will bring");
    send(&world, &key, 1, json!({ "order_id": "A-1" })).await;
    let all = "error mail No mail \\satisfaction-survey\\ can be written here: all 1 that were tried with the newest events \
               failed.";
    assert_eq!(found(&world, &key, &plain, 2).await, [format!("{all} {reason}")]);
    // It is not published.
    let publish = json!({ "revision": 3, "moves": {} }).to_string();
    let refused = world.post("/api/v1/programs/trip/publish", &key, publish).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert_eq!(found(&world, &key, &program("survey", "satisfaction-survey"), 3).await, Vec::<String>::new());
    assert_eq!(found(&world, &key, &order, 4).await, Vec::<String>::new());
    send(&world, &key, 2, json!({})).await;
    assert_eq!(found(&world, &key, &order, 5).await, Vec::<String>::new(), "it says what it writes instead");
    let bare = json!({ "stafette": 1, "name": "bare", "title": "Bare", "class": "operational", "from": { "name": "Shop", "email": "shop@example.test" },
        "subject": "Order {{ event.order_id }}", "html": "<p>Hello</p>", "text": "Hello" });
    let saved = world.post(api::path::STREAMS, &key, bare.to_string()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let some = found(&world, &key, &program("send_mail", "bare"), 6).await;
    let lacks = "warning mail 1 of 2 mails \\bare\\ that were tried here with the newest events cannot be written. \
                 subject, line 1: `event.order_id` is undefined";
    assert!(some.len() == 1 && some[0].starts_with(lacks), "{some:?}");
}
