//! Programs, tokens, messages, timeline: what became of events.

use axum::{body::Body, http::StatusCode};
use serde_json::json;

use crate::world::{As, World};

/// Few reads go at once; the others wait for their turn, and nobody else does.
#[tokio::test]
async fn reads_wait_for_their_turn() {
    let world = World::new(&[]).await;
    let key = world.key(&["read", "events:write", "admin"]).await;
    let app = world.server.app();
    let all = app.reads.acquire_many(u32::try_from(server::http::READS).unwrap()).await.unwrap();
    let mut read = std::pin::pin!(world.get(api::path::PROGRAMS, &key));
    let mut check = std::pin::pin!(world.post(api::path::PROGRAM_CHECK, &key, "x"));
    let event = r#"{"type":"a","contact":{"external_id":"1"}}"#;
    tokio::select! {
        biased;
        _ = &mut read => panic!("nobody's turn was over"),
        _ = &mut check => panic!("nobody's turn was over"),
        answer = world.post(api::path::EVENTS, &key, event) => assert_eq!(answer.status, StatusCode::ACCEPTED),
    }
    assert_eq!(world.get("/healthz", &As::Nobody).await.status, StatusCode::OK);
    // What stops a program waits for nobody.
    assert_eq!(world.post("/api/v1/programs/none/pause", &key, "").await.status, StatusCode::NOT_FOUND);
    // Nobody has a turn who has not sent all.
    let endless = Body::from_stream(tokio_stream::pending::<Result<String, std::io::Error>>());
    drop(all);
    let mut slow = std::pin::pin!(world.post(api::path::PROGRAM_CHECK, &key, endless));
    tokio::select! {
        biased;
        _ = &mut slow => panic!("the body has no end"),
        answer = &mut read => assert_eq!(answer.status, StatusCode::OK),
    }
    assert_eq!(check.await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.reads.available_permits(), server::http::READS);
}

#[tokio::test]
async fn an_event_is_followed_to_its_mail() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    world.order(&writer, "ida@example.org", "1").await;
    world.wait_for(&format!("{}?state=sent", api::path::MESSAGES), &reader, 1).await;

    let programs = world.get(api::path::PROGRAMS, &reader).await.json();
    let program = &programs["items"][0];
    assert_eq!((&program["name"], &program["state"]), (&json!("order-follow-up"), &json!("live")));
    assert_eq!((&program["entered"], &program["inside"], &program["version"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(program["entry_events"], json!(["order.placed"]));

    let waiting = world.get("/api/v1/tokens?state=waiting&program=order-follow-up&node=pause", &reader).await.json();
    let token = &waiting["items"][0];
    assert_eq!((&token["contact"], &token["version"]), (&json!("ida@example.org"), &json!(1)), "{waiting}");
    assert_eq!(world.get("/api/v1/tokens?state=ready", &reader).await.json()["items"], json!([]));
    let detail = world.get(&format!("/api/v1/tokens/{}", token["id"].as_str().unwrap()), &reader).await.json();
    let nodes: Vec<_> = detail["trace"].as_array().unwrap().iter().map(|step| step["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["placed", "confirmation", "pause"]);
    assert_eq!(detail["messages"][0]["stream"], "order-confirmation");

    for (query, number) in [
        ("program=order-follow-up", 1),
        ("node=confirmation", 1),
        ("node=survey", 0),
        ("stream=order-confirmation&state=sent", 1),
        ("unknown=true", 0),
    ] {
        let found = world.get(&format!("{}?{query}", api::path::MESSAGES), &reader).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(number), "{query}: {found}");
    }

    let timeline = format!("/api/v1/contacts/{}/timeline", token["contact_id"].as_str().unwrap());
    let timeline = world.get(&timeline, &reader).await.json();
    let entries: Vec<_> =
        timeline["items"].as_array().unwrap().iter().map(|item| item["entry"].as_str().unwrap()).collect();
    assert_eq!(entries.iter().filter(|entry| **entry == "step").count(), 3, "{timeline}");
    assert!(entries.contains(&"event") && entries.contains(&"message"));

    let counts = world.get("/api/v1/programs/order-follow-up/counts", &reader).await.json();
    let pause = counts.as_array().unwrap().iter().find(|count| count["node"] == "pause").unwrap();
    assert_eq!((&pause["entered"], &pause["waiting"]), (&json!(1), &json!(1)));
    assert_eq!(world.get(api::path::DEAD_LETTERS, &reader).await.json()["items"], json!([]));
    let metrics = world.get("/metrics", &reader).await.text();
    let sent = "stafette_stream_messages_total{stream=\"order-confirmation\",outcome=\"sent\"} ";
    assert!(metrics.contains(sent), "{metrics}");
    let here = world.get("/api/v1/tokens?inside=true&program=order-follow-up&node=pause", &reader).await.json();
    assert_eq!(here["items"][0]["id"], token["id"], "{here}");
    let both = world.get("/api/v1/tokens?inside=true&state=done", &reader).await;
    assert_eq!((both.status, both.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid".into()));
}

#[tokio::test]
async fn counts_are_asked_for_by_time() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    world.order(&writer, "ida@example.org", "1").await;
    world.wait_for(&format!("{}?state=sent", api::path::MESSAGES), &reader, 1).await;
    let path = "/api/v1/programs/order-follow-up/counts";
    let counted = async |query: &str| {
        let counts = world.get(&format!("{path}?{query}"), &reader).await.json();
        counts.as_array().unwrap().iter().find(|count| count["node"] == "pause").unwrap().clone()
    };
    for (query, entered) in [
        ("", 1),
        ("from=2026-01-01T00:00:00Z", 1),
        ("to=2026-01-01T00:00:00Z", 0),
        ("from=2026-01-01T00:00:00%2B01:00&to=2026-01-02T00:00:00Z", 0),
    ] {
        let count = counted(query).await;
        assert_eq!((&count["entered"], &count["waiting"]), (&json!(entered), &json!(1)), "{query}: {count}");
        assert_eq!((&count["rested"], &count["dwell"]), (&json!(0), &json!(null)), "{query}: {count}");
    }
    let answer = world.get(&format!("{path}?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), &reader).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid".into()));
    assert_eq!(world.get(&format!("{path}?from=yesterday"), &reader).await.code(), "bad_request");
}

#[tokio::test]
async fn who_came_by_is_listed() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    for (contact, order) in [("ida@example.org", "1"), ("ben@example.org", "2")] {
        world.order(&writer, contact, order).await;
    }
    world.wait_for(&format!("{}?state=sent", api::path::MESSAGES), &reader, 2).await;
    let path = "/api/v1/programs/order-follow-up/visits";
    for (query, expected) in [
        ("node=pause", 2),
        ("node=confirmation&port=next", 2),
        ("node=confirmation&left=true", 2),
        ("node=pause&left=true", 0),
        ("node=pause&to=2026-01-01T00:00:00Z", 0),
    ] {
        let found = world.get(&format!("{path}?{query}"), &reader).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(expected), "{query}: {found}");
    }
    let one = world.get(&format!("{path}?node=pause&limit=1"), &reader).await.json();
    let rest = format!("{path}?node=pause&cursor={}", one["next_cursor"].as_str().unwrap());
    let rest = world.get(&rest, &reader).await.json();
    let both = [&one["items"][0]["token"]["contact"], &rest["items"][0]["token"]["contact"]];
    assert!(both.contains(&&json!("ida@example.org")) && both.contains(&&json!("ben@example.org")), "{both:?}");
    let nameless = world.get(&format!("{path}?node=%20"), &reader).await;
    assert_eq!((nameless.status, nameless.code()), (StatusCode::UNPROCESSABLE_ENTITY, "node".into()));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new(&[]).await;
    let key = world.key(&["events:write", "read"]).await;
    let events: Vec<_> = (0..5).map(|n| json!({ "type": "a", "contact": { "external_id": n.to_string() } })).collect();
    world.post(api::path::EVENTS, &key, json!(events).to_string()).await;
    let mut seen = Vec::new();
    let mut path = format!("{}?limit=2", api::path::CONTACTS);
    loop {
        let page = world.get(&path, &key).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{}?limit=2&cursor={cursor}", api::path::CONTACTS),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for query in ["limit=0", "limit=201", "cursor=nonsense"] {
        let answer = world.get(&format!("{}?{query}", api::path::CONTACTS), &key).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", answer.text());
    }
    assert_eq!(world.get("/api/v1/contacts?limit=many", &key).await.code(), "bad_request");
    assert_eq!(world.get("/api/v1/contacts/7", &key).await.code(), "bad_request");
}

#[tokio::test]
async fn programs_are_checked_stored_and_paused() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    let good = "stafette: 1\nname: hello\ntitle: Hello\nnodes:\n  in: { kind: entry, event: a, next: out }\n  out: { kind: exit }\n";
    let wrong = good.replace("next: out", "next: gone");
    let found = world.post(api::path::PROGRAM_CHECK, &admin, wrong.clone()).await.json();
    assert_eq!(found["problems"][0]["code"], "unknown_node");
    let refused = world.post(api::path::PROGRAMS, &admin, wrong).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "unknown_node"));
    let broken = world.post(api::path::PROGRAMS, &admin, "nodes: [").await;
    assert_eq!((broken.status.as_u16(), broken.code().as_str()), (422, "file"));

    let saved = world.post("/api/v1/programs?publish=true", &admin, good).await.json();
    assert_eq!((&saved["version"], &saved["changed"]), (&json!(1), &json!(true)));
    let again = world.post("/api/v1/programs?publish=true", &admin, good).await.json();
    assert_eq!((&again["version"], &again["changed"]), (&json!(1), &json!(false)));
    let started = || world.post(api::path::EVENTS, &admin, r#"{"type":"a","contact":{"external_id":"1"}}"#);
    assert_eq!(started().await.json()["results"][0]["started"], 1);
    assert_eq!(world.post("/api/v1/programs/hello/pause", &admin, "").await.json()["state"], "paused");
    // A pause holds whoever comes in; who is to stay outside takes a finish.
    assert_eq!(started().await.json()["results"][0]["started"], 1);
    assert_eq!(world.post("/api/v1/programs/hello/resume", &admin, "").await.json()["state"], "live");
    let versions = world.get("/api/v1/programs/hello/versions", &admin).await.json();
    assert_eq!(versions["items"][0]["live"], json!(true));
    let version = world.get("/api/v1/programs/hello/versions/1", &admin).await.json();
    assert_eq!(version["program"]["nodes"]["in"]["event"], "a");
    assert_eq!(world.get("/api/v1/programs/hello/versions/2", &admin).await.status, StatusCode::NOT_FOUND);
}
