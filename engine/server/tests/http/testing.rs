//! Test runs: who may be tested on, what is refused, what is shown, and how they end.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{As, World, request};

const RUNS: &str = "/api/v1/programs/order-follow-up/test-runs";

/// A test contact, known by an order.
async fn tester(world: &World, admin: &As) -> String {
    world.order(admin, "ida@example.org", "1").await;
    let contacts = world.get(api::path::CONTACTS, admin).await.json();
    let id = contacts["items"][0]["id"].as_str().unwrap().to_owned();
    let marked = mark(world, admin, &id, true).await;
    assert_eq!((marked.status, &marked.json()["test"]), (StatusCode::OK, &json!(true)));
    id
}

async fn mark(world: &World, who: &As, id: &str, test: bool) -> crate::world::Answer {
    let path = format!("{}/{id}/test", api::path::CONTACTS);
    world.ask(request("PUT", &path, who).body(Body::from(json!({ "test": test }).to_string())).unwrap()).await
}

fn order(contacts: Value) -> Value {
    json!({ "revision": 0, "contacts": contacts, "event": { "type": "order.placed", "data": { "order_id": "T-1" } } })
}

/// Asks for the run, woken by every change, until it is as wished.
async fn until(world: &World, who: &As, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
    let mut changes = world.server.app().wake.listen(runner::Topic::Changes);
    let wait = async {
        loop {
            let run = world.get(path, who).await.json();
            if wished(&run) {
                return run;
            }
            changes.woken().await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(10), wait).await;
    waited.unwrap_or_else(|_| panic!("{path} does not get there"))
}

#[tokio::test]
async fn only_test_contacts_are_tested_on() {
    let world = World::new(&["--example"]).await;
    let (admin, reader) = (world.key(&["admin"]).await, world.key(&["read"]).await);
    let id = tester(&world, &admin).await;
    world.order(&admin, "ben@example.org", "2").await;
    let contacts = world.get(api::path::CONTACTS, &admin).await.json();
    let other = contacts["items"][0]["id"].as_str().unwrap();
    let marked = world.get("/api/v1/contacts?test=true", &reader).await.json();
    assert_eq!((marked["items"].as_array().unwrap().len(), &marked["items"][0]["id"]), (1, &json!(id)));

    let mut broken = world.get("/api/v1/programs/order-follow-up/draft", &admin).await.json()["program"].clone();
    broken["nodes"]["pause"]["next"] = json!("gone");
    let draft = json!({ "program": broken, "revision": 0 }).to_string();
    let save = request("PUT", "/api/v1/programs/order-follow-up/draft", &admin).body(Body::from(draft)).unwrap();
    assert_eq!(world.ask(save).await.status, StatusCode::OK);
    let live = |contacts: Value| {
        let mut order = order(contacts);
        order.as_object_mut().unwrap().remove("revision");
        order
    };
    let with = |mut form: Value, field: &str, value: Value| {
        *form.pointer_mut(field).unwrap() = value;
        form
    };
    let event = |part: &str, value: Value| {
        let mut form = live(json!([id]));
        form["event"][part] = value;
        form
    };
    let file = |data: &str| json!({ "filename": "a.pdf", "data": data });
    let nobody = "01890000-0000-7000-8000-000000000000";
    for (form, status, code, field) in [
        (live(json!([other])), 422, "not_a_test_contact", "contacts[0]"),
        (live(json!([id, nobody])), 422, "unknown_contact", "contacts[1]"),
        (live(json!([id, id])), 422, "contacts", "contacts"),
        (live(json!([])), 422, "contacts", "contacts"),
        (with(live(json!([id])), "/event/type", json!("page.seen")), 422, "no_entry", "event.type"),
        (with(live(json!([id])), "/event", json!({ "type": "order.placed", "typo": 1 })), 422, "invalid", "event.typo"),
        (event("data", json!({ "a": "x".repeat(1 << 20) })), 422, "event_too_large", "event.data"),
        (event("attachments", json!([file("?")])), 422, "attachment_base64", "event.attachments[0].data"),
        (event("attachments", json!(vec![file(""); 11])), 422, "too_many_attachments", "event.attachments"),
        (
            event("attachments", json!([file(&"AAAA".repeat(7 << 19))])),
            422,
            "attachments_too_large",
            "event.attachments",
        ),
        (event("attachments", json!([file(&"AAAA".repeat(1 << 22))])), 413, "too_large", ""),
        (with(order(json!([id])), "/revision", json!(1)), 422, "unknown_node", "nodes.pause.next"),
        (order(json!([id])), 409, "draft_changed", ""),
    ] {
        let refused = world.post(RUNS, &admin, form.to_string()).await;
        let said = refused.json()["errors"][0]["field"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str(), said.as_str()),
            (status, code, field),
            "{}",
            refused.text()
        );
    }
    assert_eq!(world.post(RUNS, &reader, live(json!([id])).to_string()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(mark(&world, &reader, &id, false).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get(RUNS, &reader).await.json(), json!([]));

    // Whoever is taken off the list is safe from then on.
    assert_eq!(mark(&world, &admin, &id, false).await.json()["test"], false);
    assert_eq!(world.post(RUNS, &admin, live(json!([id])).to_string()).await.code(), "not_a_test_contact");
    assert_eq!(mark(&world, &admin, nobody, true).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_test_run_is_told_skipped_on_and_cleared() {
    let world = World::new(&["--example"]).await;
    let (admin, reader) = (world.key(&["admin"]).await, world.key(&["read"]).await);
    let id = tester(&world, &admin).await;
    world.wait_for(api::path::MESSAGES, &reader, 1).await;
    let started = world.post(RUNS, &admin, order(json!([id])).to_string()).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text());
    let started = started.json();
    assert_eq!((&started["revision"], &started["event"]), (&json!(0), &json!("order.placed")));
    assert_eq!((&started["data"]["order_id"], &started["contacts"][0]["id"]), (&json!("T-1"), &json!(id)));
    let path = format!("{RUNS}/{}", started["id"].as_str().unwrap());

    let run = until(&world, &reader, &path, |run| run["tokens"][0]["messages"][0]["state"] == "sent").await;
    let token = &run["tokens"][0];
    assert_eq!(
        (&token["state"], &token["node"], &token["contact"]),
        (&json!("waiting"), &json!("pause"), &json!("ida@example.org"))
    );
    assert_eq!((&token["program"], &token["version"]), (&json!("order-follow-up"), &json!(1)));
    let mail = format!("{}/{}/source", api::path::INBOX, token["messages"][0]["inbox_mail_id"].as_str().unwrap());
    let header = format!("X-Stafette-Test-Run: {}", started["id"].as_str().unwrap());
    assert!(world.get(&mail, &reader).await.text().contains(&header));

    // Others wait as long as they wait; this one does not.
    let skip = format!("{path}/skip-wait");
    assert_eq!(world.post(&skip, &reader, "{}").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(&skip, &admin, "{}").await.json(), json!({ "changed": 1 }));
    let run = until(&world, &reader, &path, |run| run["tokens"][0]["messages"][1]["state"] == "sent").await;
    let trace = run["tokens"][0]["trace"].as_array().unwrap();
    assert!(trace.iter().any(|step| step["reason"].as_str().unwrap().contains("skipped")), "{run}");
    assert_eq!(world.post(&skip, &admin, "{}").await.json(), json!({ "changed": 0 }));
    let live = world.get(api::path::TOKENS, &reader).await.json();
    assert_eq!((live["items"].as_array().unwrap().len(), &live["items"][0]["state"]), (1, &json!("waiting")));

    // Five are kept, and none for longer than a week.
    for _ in 0..5 {
        world.hands.advance(TimeDelta::seconds(1));
        world.post(RUNS, &admin, order(json!([id])).to_string()).await;
    }
    let kept = world.get(RUNS, &reader).await.json();
    assert_eq!((kept.as_array().unwrap().len(), world.get(&path, &reader).await.status), (5, StatusCode::NOT_FOUND));
    let path = format!("{RUNS}/{}", kept[0]["id"].as_str().unwrap());
    let delete = |who: &As| world.ask(request("DELETE", &path, who).body(Body::empty()).unwrap());
    assert_eq!(delete(&reader).await.status, StatusCode::FORBIDDEN);
    assert_eq!(delete(&admin).await.status, StatusCode::NO_CONTENT);
    assert_eq!(delete(&admin).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/api/v1/programs/none/test-runs", &reader).await.status, StatusCode::NOT_FOUND);
}
