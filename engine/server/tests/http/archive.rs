//! What was put away stays away: every call that changes a program, and what it makes of an archived one.

use std::collections::BTreeSet;

use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    openapi::operations,
    world::{As, World, request},
};

fn program(days: u32) -> Value {
    json!({ "stafette": 1, "name": "trip", "title": "Trip", "nodes": {
        "in": { "kind": "entry", "event": "a", "again": "always", "next": "rest" },
        "rest": { "kind": "wait", "duration": format!("{days}d"), "next": "out" },
        "out": { "kind": "exit" },
    } })
}

async fn state(world: &World, who: &As) -> Value {
    world.get("/api/v1/programs/trip", who).await.json()["state"].clone()
}

/// A program with a version, a publication, an edited draft and somebody inside, put away. Gives the publication.
async fn put_away(world: &World, who: &As) -> Value {
    let put = |days: u32, revision: u32| {
        let body = json!({ "program": program(days), "revision": revision }).to_string();
        world.ask(request("PUT", "/api/v1/programs/trip/draft", who).body(Body::from(body)).unwrap())
    };
    assert_eq!(put(2, 0).await.status, StatusCode::OK);
    let published = world.post("/api/v1/programs/trip/publish", who, json!({ "revision": 1 }).to_string()).await.json();
    let event = json!({ "type": "a", "contact": { "external_id": "1" } }).to_string();
    world.post(api::path::EVENTS, who, event).await;
    assert_eq!(put(3, 2).await.status, StatusCode::OK);
    assert_eq!(world.post("/api/v1/programs/trip/archive", who, "").await.status, StatusCode::OK);
    published["publication"].clone()
}

#[tokio::test]
async fn archived_stays_archived_by_every_call() {
    // What is sent, and what comes of it: refused for the archive's sake, or done, and still archived.
    let table = |publication: &Value| {
        [
            ("POST", "/api/v1/programs?publish=true", program(2), 409),
            ("POST", "/api/v1/programs?publish=true", program(5), 409),
            ("POST", "/api/v1/programs?publish=false", program(2), 200),
            ("POST", "/api/v1/programs", program(6), 200),
            ("POST", "/api/v1/programs/check", program(2), 200),
            ("POST", "/api/v1/programs/{program}/publish/preview", json!({ "revision": 3 }), 200),
            ("POST", "/api/v1/programs/{program}/publish", json!({ "revision": 3 }), 409),
            ("POST", "/api/v1/programs/{program}/pause", Value::Null, 409),
            ("POST", "/api/v1/programs/{program}/resume", json!({ "catch_up": { "rule": "run" } }), 409),
            ("POST", "/api/v1/programs/{program}/finish", Value::Null, 409),
            ("POST", "/api/v1/programs/{program}/stop", Value::Null, 409),
            ("POST", "/api/v1/programs/{program}/archive", Value::Null, 200),
            ("PUT", "/api/v1/programs/{program}/draft", json!({ "program": program(4), "revision": 3 }), 200),
            ("DELETE", "/api/v1/programs/{program}/draft", Value::Null, 200),
            ("POST", "/api/v1/programs/{program}/duplicate", json!({ "name": "copy", "title": "Copy" }), 201),
            ("POST", "/api/v1/programs/{program}/publish/undo", json!({ "publication": publication }), 200),
            ("POST", "/api/v1/programs/{program}/publish", json!({ "revision": 5 }), 409),
            ("POST", "/api/v1/programs/{program}/dry-run", json!({}), 0),
            ("POST", "/api/v1/programs/{program}/test-runs", json!({}), 0),
            ("POST", "/api/v1/programs/{program}/test-runs/{run}/skip-wait", json!({}), 0),
            ("DELETE", "/api/v1/programs/{program}/test-runs/{run}", Value::Null, 0),
            ("DELETE", "/api/v1/programs/{program}/dry-run/{run}", Value::Null, 0),
        ]
    };
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let publication = put_away(&world, &key).await;
    let rows = table(&publication);
    let known: BTreeSet<_> = rows.iter().map(|row| (row.0, row.1.split('?').next().unwrap())).collect();
    for (method, template, _) in operations() {
        let changes = template.starts_with("/api/v1/programs") && method != "GET" && !template.ends_with("/unarchive");
        assert!(!changes || known.contains(&(&*method, &*template)), "{method} {template} is not tried here");
    }
    for (method, template, body, expected) in rows {
        let path = template.replace("{program}", "trip").replace("{run}", "01890000-0000-7000-8000-000000000000");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = world.ask(request(method, &path, &key).body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(state(&world, &key).await, "archived", "{method} {path} {body}");
        match expected {
            0 => continue,
            409 => assert!(answer.text().contains("archive"), "{method} {path}: {}", answer.text()),
            _ => {}
        }
        assert_eq!(answer.status.as_u16(), expected, "{method} {path}: {}", answer.text());
    }
    let event = json!({ "type": "a", "contact": { "external_id": "2" } }).to_string();
    let answer = world.post(api::path::EVENTS, &key, event).await.json();
    assert_eq!(answer["results"][0]["started"], 0, "{answer}");
}

#[tokio::test]
async fn a_put_changes_what_runs_and_not_whether() {
    for (call, expected) in [("pause", "paused"), ("stop", "stopped"), ("finish", "finishing")] {
        let world = World::new(&[]).await;
        let key = world.key(&["admin", "read", "events:write"]).await;
        let put = |days| world.post("/api/v1/programs?publish=true", &key, program(days).to_string());
        assert_eq!(put(2).await.status, StatusCode::OK);
        // Somebody inside, so that finishing is not over at once.
        let event = json!({ "type": "a", "contact": { "external_id": "1" } }).to_string();
        world.post(api::path::EVENTS, &key, event).await;
        world.wait_for("/api/v1/tokens?state=waiting", &key, 1).await;
        assert_eq!(world.post(&format!("/api/v1/programs/trip/{call}"), &key, "").await.status, StatusCode::OK);
        for days in [2, 3] {
            assert_eq!(put(days).await.status, StatusCode::OK);
            assert_eq!(state(&world, &key).await, expected, "{days}");
        }
    }
}
