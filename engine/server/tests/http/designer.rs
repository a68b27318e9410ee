//! Drafts, publishing, undoing: what an editor does, call by call.

use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

use crate::world::{Answer, As, World, request};

const DRAFT: &str = "/api/v1/programs/trip/draft";

fn program(days: u32) -> Value {
    json!({ "stafette": 1, "name": "trip", "title": "Trip", "nodes": {
        "in": { "kind": "entry", "event": "a", "again": "always", "next": "rest" },
        "rest": { "kind": "wait", "duration": format!("{days}d"), "next": "out" },
        "out": { "kind": "exit" },
    } })
}

async fn put(world: &World, who: &As, draft: &Value, revision: u64) -> Answer {
    let body = json!({ "program": draft, "revision": revision }).to_string();
    world.ask(request("PUT", DRAFT, who).body(Body::from(body)).unwrap()).await
}

async fn publish(world: &World, who: &As, revision: u64, moves: Value) -> Answer {
    world.post("/api/v1/programs/trip/publish", who, json!({ "revision": revision, "moves": moves }).to_string()).await
}

#[tokio::test]
async fn two_editors_never_overwrite_each_other() {
    let world = World::new(&[]).await;
    let (ida, key) = (world.user().await, world.key(&["admin", "read"]).await);
    assert_eq!(world.get(DRAFT, &key).await.status, StatusCode::NOT_FOUND);
    let saved = put(&world, &ida, &program(2), 0).await.json();
    assert_eq!((&saved["revision"], &saved["problems"]), (&json!(1), &json!([])));
    let list = world.get(api::path::PROGRAMS, &key).await.json();
    assert_eq!((&list["items"][0]["state"], &list["items"][0]["version"]), (&json!("draft"), &Value::Null));

    let stale = put(&world, &key, &program(3), 0).await;
    assert_eq!((stale.status, stale.code().as_str()), (StatusCode::CONFLICT, "draft_changed"));
    let told = stale.json();
    assert_eq!((&told["draft"]["revision"], &told["draft"]["saved_by"]), (&json!(1), &json!("ida@example.org")));
    assert!(told["detail"].as_str().unwrap().contains("ida@example.org saved this draft at 2026-03-01T09:00:00Z"));
    let draft = world.get(DRAFT, &key).await.json();
    assert_eq!((&draft["program"], &draft["revision"], &draft["changed"]), (&program(2), &json!(1), &json!(true)));
    assert_eq!((&draft["base"], &draft["saved_by"]), (&Value::Null, &json!("ida@example.org")));

    // Errors of the checker are told and kept; what is no program is refused, and so is another name.
    let mut unfinished = program(2);
    unfinished["nodes"]["rest"]["next"] = json!("gone");
    let saved = put(&world, &key, &unfinished, 1).await.json();
    assert_eq!((&saved["revision"], &saved["problems"][0]["code"]), (&json!(2), &json!("unknown_node")));
    let refused = publish(&world, &key, 2, json!([])).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "unknown_node"));
    let mut broken = program(2);
    broken["nodes"]["rest"]["kind"] = json!("teleport");
    let mut renamed = program(2);
    renamed["name"] = json!("other");
    for wrong in [broken, renamed, json!(7)] {
        assert_eq!(put(&world, &key, &wrong, 2).await.status.as_u16(), 422);
    }
    assert_eq!(publish(&world, &key, 1, json!([])).await.code(), "draft_changed");
    let preview = world.post("/api/v1/programs/trip/publish/preview", &key, r#"{"revision":1}"#).await;
    assert_eq!(preview.code(), "draft_changed");
    let large = json!({ "program": program(2), "revision": 2, "x": "x".repeat(1 << 20) }).to_string();
    let large = world.ask(request("PUT", DRAFT, &key).body(Body::from(large)).unwrap()).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.get(DRAFT, &key).await.json()["program"], unfinished);
}

#[tokio::test]
async fn a_draft_is_published_and_that_undone() {
    let world = World::new(&[]).await;
    let (ida, key) = (world.user().await, world.key(&["admin", "read", "events:write"]).await);
    put(&world, &ida, &program(2), 0).await;
    let first = publish(&world, &ida, 1, json!([])).await.json();
    assert_eq!((&first["version"], &first["revision"], &first["moved"]), (&json!(1), &json!(2), &json!([])));
    let event = json!({ "type": "a", "contact": { "external_id": "1" } }).to_string();
    world.post(api::path::EVENTS, &key, event).await;
    let waiting = "/api/v1/tokens?state=waiting&program=trip";
    world.wait_for(waiting, &key, 1).await;

    put(&world, &key, &program(3), 2).await;
    let preview = world.post("/api/v1/programs/trip/publish/preview", &key, r#"{"revision":3}"#).await.json();
    assert_eq!((&preview["version"], &preview["inside"], &preview["problems"]), (&json!(2), &json!(1), &json!([])));
    let rest = &preview["changes"][1];
    assert_eq!((&rest["node"], &rest["change"], &rest["tokens"]), (&json!("rest"), &json!("changed"), &json!(1)));
    assert_eq!(rest["choices"], json!(["stay", "move", "retime", "exit"]));
    assert_eq!(rest["fields"], json!([{ "field": "duration", "from": "2d", "to": "3d" }]));
    let wrong = publish(&world, &key, 3, json!([{ "node": "rest", "choice": "move", "to": "Nowhere" }])).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["errors"][0]["field"].as_str().unwrap()), (422, "moves[0].to"));
    let done = publish(&world, &key, 3, json!([{ "node": "rest", "choice": "retime" }])).await.json();
    assert_eq!(done["moved"], json!([{ "node": "rest", "choice": "retime", "tokens": 1 }]));
    let token = world.get(waiting, &key).await.json()["items"][0].clone();
    assert_eq!((&token["version"], &token["due_at"]), (&json!(2), &json!("2026-03-04T09:00:00Z")));

    let versions = world.get("/api/v1/programs/trip/versions", &key).await.json()["items"].clone();
    let line =
        |at: usize| (versions[at]["number"].clone(), versions[at]["author"].clone(), versions[at]["live"].clone());
    assert_eq!(line(0), (json!(2), json!("test"), json!(true)));
    assert_eq!(line(1), (json!(1), json!("ida@example.org"), json!(false)));
    assert_eq!((&versions[0]["publication"], &versions[1]["publication"]), (&done["publication"], &Value::Null));

    let undo = json!({ "publication": done["publication"] }).to_string();
    let undone = world.post("/api/v1/programs/trip/publish/undo", &key, undo.clone()).await.json();
    assert_eq!((&undone["version"], &undone["back"], &undone["gone_on"]), (&json!(1), &json!(1), &json!(0)));
    let token = world.get(waiting, &key).await.json()["items"][0].clone();
    assert_eq!((&token["version"], &token["due_at"]), (&json!(1), &json!("2026-03-03T09:00:00Z")));
    let detail = world.get(&format!("/api/v1/tokens/{}", token["id"].as_str().unwrap()), &key).await.json();
    assert_eq!(detail["trace"][3]["action"], json!("moved"), "{detail}");
    let again = world.post("/api/v1/programs/trip/publish/undo", &key, undo).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let draft = world.get(DRAFT, &key).await.json();
    assert_eq!((&draft["program"], &draft["changed"]), (&program(3), &json!(true)));
    let reset = world.ask(request("DELETE", DRAFT, &key).body(Body::empty()).unwrap()).await.json();
    assert_eq!((&reset["program"], &reset["changed"], &reset["base"]), (&program(2), &json!(false), &json!(1)));
}

#[tokio::test]
async fn programs_are_copied_and_put_away() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read"]).await;
    put(&world, &key, &program(2), 0).await;
    publish(&world, &key, 1, json!([])).await;
    let copy = |name: &str| json!({ "name": name, "title": "Copy" }).to_string();
    let made = world.post("/api/v1/programs/trip/duplicate", &key, copy("tour")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!((&made.json()["program"]["title"], &made.json()["revision"]), (&json!("Copy"), &json!(1)));
    assert_eq!(world.post("/api/v1/programs/trip/duplicate", &key, copy("tour")).await.status, StatusCode::CONFLICT);
    assert_eq!(world.post("/api/v1/programs/trip/duplicate", &key, copy("A tour")).await.code(), "name");
    let archived = world.post("/api/v1/programs/trip/archive", &key, "").await.json();
    assert_eq!(archived["state"], json!("archived"));
    for (archived, found) in [("", 2), ("?archived=true", 1), ("?archived=false", 1)] {
        let listed = world.get(&format!("/api/v1/programs{archived}"), &key).await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(found), "{archived}");
    }
    assert_eq!(world.get("/api/v1/programs?archived=perhaps", &key).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(publish(&world, &key, 2, json!([])).await.status, StatusCode::CONFLICT);
    assert_eq!(world.post("/api/v1/programs/trip/unarchive", &key, "").await.json()["state"], json!("paused"));
    // An import that comes past an edited draft is told before the draft replaces it.
    put(&world, &key, &program(5), 2).await;
    let imported = world.post("/api/v1/programs?publish=true", &key, program(4).to_string()).await;
    assert_eq!(imported.json()["version"], json!(2));
    let preview = world.post("/api/v1/programs/trip/publish/preview", &key, r#"{"revision":3}"#).await.json();
    assert_eq!(preview["problems"][0]["code"], json!("draft_behind"), "{preview}");
}

#[tokio::test]
async fn states_of_a_program_are_compared() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read"]).await;
    put(&world, &key, &program(2), 0).await;
    publish(&world, &key, 1, json!([])).await;
    put(&world, &key, &program(3), 2).await;
    publish(&world, &key, 3, json!([])).await;
    put(&world, &key, &program(4), 4).await;
    let compare = async |sides: &str| world.get(&format!("/api/v1/programs/trip/compare?{sides}"), &key).await;
    let path = "/nodes/rest/duration";
    for (sides, from, to) in [("from=1&to=2", "2d", "3d"), ("from=1", "2d", "4d"), ("from=draft&to=2", "4d", "3d")] {
        let found = compare(sides).await.json();
        assert_eq!(found["differences"], json!([{ "path": path, "from": from, "to": to }]), "{sides}");
    }
    assert_eq!(compare("from=2&to=2").await.json(), json!({ "differences": [] }));
    assert_eq!(compare("from=3").await.status, StatusCode::NOT_FOUND);
    let refused = compare("from=1&to=live").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "version"));
    assert_eq!(compare("").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_known_is_told() {
    let world = World::new(&["--example"]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    world.order(&key, "ida@example.org", "1").await;
    let known = world.get("/api/v1/programs/trip/known", &key).await.json();
    assert_eq!(known["streams"]["order-confirmation"]["class"], json!("operational"), "{known}");
    let placed = &known["events"]["order.placed"];
    assert_eq!((&placed["seen"], &placed["fields"]["total"]["examples"]), (&json!(1), &json!(["129.9"])));
    assert_eq!(known["attributes"]["first_name"]["kind"], json!("string"));
    assert_eq!(known["programs"][0]["entries"], json!(["order.placed"]));
    let own = world.get("/api/v1/programs/order-follow-up/known", &key).await.json();
    assert_eq!(own["programs"], json!([]));
    // Publishing goes by it.
    let mut unknown = program(2);
    unknown["nodes"]["rest"] = json!({ "kind": "send_mail", "stream": "nobodys" });
    put(&world, &key, &unknown, 0).await;
    let preview = world.post("/api/v1/programs/trip/publish/preview", &key, r#"{"revision":1}"#).await.json();
    assert_eq!(preview["problems"][0]["code"], json!("unknown_stream"), "{preview}");
    let refused = publish(&world, &key, 1, json!([])).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "unknown_stream"));
}
