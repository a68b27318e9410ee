//! Contracts of event types: set, kept to, told, taken away.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Answer, As, World, request};

const PATH: &str = "/api/v1/event-types/order.placed/contract";

async fn put(world: &World, who: &As, contract: &Value) -> Answer {
    let form = json!({ "contract": contract }).to_string();
    let request = request("PUT", PATH, who).header("content-type", "application/json");
    world.ask(request.body(form.into()).unwrap()).await
}

async fn delete(world: &World, who: &As) -> StatusCode {
    world.ask(request("DELETE", PATH, who).body(Default::default()).unwrap()).await.status
}

fn event(kind: &str, data: Value) -> Value {
    json!({ "type": kind, "contact": { "email": "ida@example.org" }, "data": data })
}

async fn send(world: &World, who: &As, events: Value) -> Answer {
    world.post(api::path::EVENTS, who, events.to_string()).await
}

#[tokio::test]
async fn a_contract_is_kept_to() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    assert_eq!(world.get(PATH, &key).await.status, StatusCode::NOT_FOUND);
    assert_eq!(delete(&world, &key).await, StatusCode::NOT_FOUND);
    let mut contract = json!({ "mode": "report", "fields": {
        "total": { "type": "number", "required": true }, "currency": { "type": "string", "values": ["EUR", "USD"] } } });
    let set = put(&world, &key, &contract).await;
    assert_eq!((set.status, set.json()["version"].as_u64()), (StatusCode::OK, Some(1)), "{}", set.text());

    // Reported: it is taken, and told with its reason.
    let bad = || event("order.placed", json!({ "total": "secret", "currency": "DM" }));
    assert_eq!(send(&world, &key, bad()).await.status, StatusCode::ACCEPTED);
    assert_eq!(send(&world, &key, event("order.placed", json!({ "total": 1 }))).await.status, StatusCode::ACCEPTED);
    let told = world.get(PATH, &key).await.json();
    let row = |at: usize| (told["violations"][at]["path"].clone(), told["violations"][at]["code"].clone());
    assert_eq!([row(0), row(1)], [(json!("currency"), json!("not_allowed")), (json!("total"), json!("wrong_type"))]);
    assert_eq!(told["violations"][1]["reason"], "\"total\" is of type string, not number");
    assert!(!told.to_string().contains("secret"), "{told}");

    let mut early = event("order.placed", json!({ "total": "early" }));
    early["id"] = json!("early");
    let stored = send(&world, &key, early.clone()).await.json();
    // Refused: only the item that stands against it, and other types go on.
    contract["mode"] = json!("refuse");
    assert_eq!(put(&world, &key, &contract).await.json()["version"], 2);
    let refused = send(&world, &key, bad()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::UNPROCESSABLE_ENTITY, "against_contract".to_owned()));
    assert_eq!(refused.json()["errors"][0]["field"], "data.currency", "{}", refused.text());
    assert!(refused.text().contains("\\\"total\\\" is of type string, not number"), "{}", refused.text());
    let again = send(&world, &key, early).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "it is stored: {}", again.text());
    let again = again.json()["results"][0].clone();
    assert_eq!((&again["status"], &again["event_id"]), (&json!("duplicate"), &stored["results"][0]["event_id"]));
    let mixed =
        send(&world, &key, json!([bad(), event("other", json!({})), event("order.placed", json!({ "total": 2 }))]));
    let results = mixed.await.json();
    let states: Vec<_> = results["results"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    assert_eq!(states, ["rejected", "accepted", "accepted"], "{results}");
    assert_eq!(results["results"][0]["code"], "against_contract");
    let told = world.get(PATH, &key).await.json();
    assert_eq!((&told["violations"][0]["times"], told["versions"].as_array().unwrap().len()), (&json!(2), 2), "{told}");
    let events = world.get("/api/v1/events?type=order.placed", &key).await.json();
    assert_eq!(events["items"].as_array().unwrap().len(), 4, "{events}");

    assert_eq!(delete(&world, &key).await, StatusCode::NO_CONTENT);
    assert_eq!(world.get(PATH, &key).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&world, &key, bad()).await.status, StatusCode::ACCEPTED);
    let audit = world.get("/api/v1/audit", &key).await.json();
    let rows: Vec<_> = audit["items"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(rows[..2], ["delete_contract", "put_contract"], "{audit}");
}

#[tokio::test]
async fn what_is_no_contract_is_refused() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    for (contract, field) in [
        (json!({ "mode": "report", "fields": { "a": { "type": "list" } } }), "contract.fields.a"),
        (json!({ "mode": "report", "fields": { "a..b": { "type": "bool" } } }), "contract.fields.a..b"),
    ] {
        let refused = put(&world, &key, &contract).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNPROCESSABLE_ENTITY, "contract".to_owned()));
        assert_eq!(refused.json()["errors"][0]["field"], field);
    }
    for contract in [json!({ "mode": "guess", "fields": {} }), json!({ "mode": "report", "fields": { "a": {} } })] {
        assert!(put(&world, &key, &contract).await.status.is_client_error());
    }
    let own = "/api/v1/event-types/survey.answered/contract";
    let form = json!({ "contract": { "mode": "report", "fields": {} } }).to_string();
    let ask = request("PUT", own, &key).header("content-type", "application/json").body(form.into()).unwrap();
    assert_eq!(world.ask(ask).await.code(), "reserved_event_type");
}

#[tokio::test]
async fn the_checker_goes_by_contracts_and_by_what_was_seen() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let file = |path: &str| {
        json!({ "stafette": 1, "name": "trip", "title": "T", "nodes": {
            "in": { "kind": "entry", "event": "order.placed", "next": "c" },
            "c": { "kind": "condition", "when": format!("has(event.{path}) && event.{path} > 1"),
                "next": { "yes": "e", "no": "e" } },
            "e": { "kind": "exit" },
        } })
    };
    let revision = std::cell::Cell::new(0);
    let warned = async |path: &str| {
        let form = json!({ "program": file(path), "revision": revision.get() }).to_string();
        let ask = request("PUT", "/api/v1/programs/trip/draft", &key).header("content-type", "application/json");
        let saved = world.ask(ask.body(form.into()).unwrap()).await.json();
        revision.set(saved["revision"].as_u64().unwrap());
        let form = json!({ "revision": revision.get() }).to_string();
        let preview = world.post("/api/v1/programs/trip/publish/preview", &key, form).await.json();
        let problems = preview["problems"].as_array().unwrap();
        problems.iter().any(|problem| problem["code"] == "unknown_field")
    };
    assert!(!warned("total").await, "nothing is known yet");
    send(&world, &key, event("order.placed", json!({ "total": 5, "name": "Ida" }))).await;
    assert!(!warned("total").await && warned("totel").await);
    let contract = json!({ "mode": "report", "fields": { "amount": { "type": "number", "required": true } } });
    put(&world, &key, &contract).await;
    assert!(!warned("amount").await && warned("total").await, "it is no field of the contract");
    let known = world.get("/api/v1/programs/trip/known", &key).await.json();
    let fields = &known["events"]["order.placed"]["fields"];
    assert_eq!((fields["amount"]["kind"].as_str(), fields.as_object().unwrap().len()), (Some("number"), 1), "{known}");
    delete(&world, &key).await;
    let known = world.get("/api/v1/programs/trip/known", &key).await.json();
    let fields = &known["events"]["order.placed"]["fields"];
    assert_eq!((&fields["total"]["examples"], &fields["name"]["examples"]), (&json!(["5"]), &json!([])), "{known}");
}
