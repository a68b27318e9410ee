//! Pause, resume, finish and stop from outside.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{As, World};

const PROGRAM: &str = "stafette: 1\nname: rest\ntitle: Rest\nnodes:\n  in: { kind: entry, event: a, next: nap }\n  \
                       nap: { kind: wait, duration: 2d, next: out }\n  out: { kind: exit }\n";

/// POST to the program: status and body.
async fn post(world: &World, who: &As, what: &str, body: &str) -> (u16, Value) {
    let answer = world.post(&format!("/api/v1/programs/rest/{what}"), who, body.to_owned()).await;
    (answer.status.as_u16(), answer.json())
}

/// An event; how many tokens it started.
async fn enter(world: &World, who: &As, id: &str) -> u64 {
    let event = json!({ "type": "a", "contact": { "external_id": id } });
    let answer = world.post(api::path::EVENTS, who, event.to_string()).await;
    answer.json()["results"][0]["started"].as_u64().unwrap()
}

async fn show(world: &World, who: &As) -> Value {
    world.get("/api/v1/programs/rest", who).await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_held_and_goes_on() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    assert_eq!(world.post("/api/v1/programs?publish=true", &admin, PROGRAM).await.status.as_u16(), 200);
    assert_eq!(enter(&world, &admin, "1").await, 1);
    world.wait_for("/api/v1/tokens?state=waiting", &admin, 1).await;

    let (status, paused) = post(&world, &admin, "pause", "").await;
    assert_eq!((status, &paused["state"], &paused["handing_over"]), (200, &json!("paused"), &json!(0)));
    assert_eq!(enter(&world, &admin, "2").await, 1);
    let held = world.wait_for("/api/v1/tokens?state=held", &admin, 1).await;
    assert_eq!(held[0]["node"], "in");
    assert_eq!(show(&world, &admin).await["held"], json!({ "tokens": 1, "messages": 0, "ejected": 0, "calls": 0 }));
    let (status, refused) = post(&world, &admin, "finish", "").await;
    assert_eq!((status, &refused["code"]), (409, &json!("conflict")), "{refused}");

    for (body, field) in [
        (r#"{ "catch_up": { "rule": "later" } }"#, "catch_up"),
        (r#"{ "catch_up": { "rule": "spread", "over": "0s" } }"#, "catch_up.over"),
        (r#"{ "catch_up": { "rule": "skip", "older_than": "soon" } }"#, "catch_up"),
        (r#"{ "rule": "run" }"#, "rule"),
    ] {
        let (status, refused) = post(&world, &admin, "resume", body).await;
        let named = refused["errors"][0]["field"].as_str().unwrap();
        assert!(status == 422 && named.starts_with(field), "{refused}");
    }
    let spread = r#"{ "catch_up": { "rule": "spread", "over": "1h" } }"#;
    let (status, resumed) = post(&world, &admin, "resume", spread).await;
    assert_eq!((status, &resumed["state"], &resumed["caught_up"]["tokens"]), (200, &json!("live"), &json!(1)));
    world.wait_for("/api/v1/tokens?state=waiting", &admin, 2).await;

    let (status, stopped) = post(&world, &admin, "stop", "").await;
    assert_eq!((status, &stopped["state"], &stopped["ejected"]), (200, &json!("stopped"), &json!(2)));
    assert_eq!((&stopped["inside"], &stopped["handing_over"]), (&json!(0), &json!(0)));
    assert_eq!(enter(&world, &admin, "3").await, 0);
    world.wait_for("/api/v1/tokens?state=ejected", &admin, 2).await;
    let counts = world.get("/api/v1/programs/rest/counts", &admin).await.json();
    let nap = counts.as_array().unwrap().iter().find(|count| count["node"] == "nap").unwrap();
    assert_eq!((&nap["waiting"], &nap["left"]), (&json!(0), &json!([{ "port": "ejected", "n": 2 }])));
    let (_, resumed) = post(&world, &admin, "resume", "").await;
    let expected = json!({ "tokens": 0, "waiting": 2, "messages": 0, "calls": 0, "skipped_tokens": 0, "skipped_messages": 0,
        "skipped_calls": 0,
        "more": false });
    assert_eq!((&resumed["inside"], &resumed["caught_up"]), (&json!(2), &expected));

    let (status, finishing) = post(&world, &admin, "finish", "").await;
    assert_eq!((status, &finishing["state"]), (200, &json!("finishing")));
    assert_eq!(enter(&world, &admin, "4").await, 0);
    world.hands.advance(TimeDelta::days(3));
    world.wait_for("/api/v1/tokens?state=done", &admin, 2).await;
    assert_eq!(show(&world, &admin).await["state"], "stopped", "nobody is inside any more");
}

#[tokio::test]
async fn only_admins_decide_and_only_of_what_was_published() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    world.post("/api/v1/programs", &admin, PROGRAM).await;
    let reader = world.key(&["read"]).await;
    for what in ["pause", "resume", "finish", "stop"] {
        assert_eq!(post(&world, &reader, what, "").await.0, 403, "{what}");
        let (status, refused) = post(&world, &admin, what, "{}").await;
        assert_eq!((status, &refused["code"]), (409, &json!("conflict")), "{what}");
        let missing = world.post(&format!("/api/v1/programs/none/{what}"), &admin, "").await;
        assert_eq!((missing.status.as_u16(), missing.code().as_str()), (404, "not_found"), "{what}");
    }
}
