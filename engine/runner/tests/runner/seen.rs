//! What events look like is kept beside their ingest, and contracts are asked before it.

use program::{ContactId, Contract, EventId, EventType, Object, ValueKind};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use store::{Ingested, NewEvent, Who};

use crate::world::{WS, World, event};

fn kind(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

/// Stores events as a node of a former build does: nobody looks at them.
async fn store_past(world: &World, name: &str, events: &[Value]) {
    let new = |data: &Value| NewEvent {
        id: EventId(world.clock.uuid()),
        contact_id: ContactId(world.clock.uuid()),
        who: Who { email: Some(format!("{}@example.test", world.clock.uuid().simple())), external_id: None },
        attributes: Object::new(),
        opt_in: None,
        event: kind(name),
        data: data.as_object().cloned().unwrap().into(),
        occurred_at: world.clock.now(),
        key: None,
        attachments: Vec::new(),
        tokens: Vec::new(),
        undecided: Vec::new(),
        refused: Vec::new(),
    };
    let revision = world.store.routing_revision(WS).await.unwrap();
    let events: Vec<_> = events.iter().map(new).collect();
    world.store.ingest(WS, world.clock.now(), revision, &events).await.unwrap();
}

async fn put(world: &World, name: &str, contract: Value) {
    let contract: Contract = serde_json::from_value(contract).unwrap();
    world.store.put_contract(world.act(), &kind(name), Some(&contract)).await.unwrap();
}

#[tokio::test]
async fn what_former_nodes_stored_is_looked_at_once() {
    let world = World::new().await;
    let plan = json!({ "plan": "gold", "name": "Ann" });
    store_past(&world, "joined", &[plan.clone(), plan.clone(), json!({ "plan": "gold", "name": "Bob" })]).await;
    // Then one comes the new way: it is not counted twice.
    world.event(event("joined", "cara@example.test", json!({ "plan": "gold" }))).await;
    world.engine.ingest.seen().settle(WS).await;
    let seen = world.store.seen_types(WS).await.unwrap();
    let joined = &seen[&kind("joined")];
    assert_eq!((joined.looked, joined.fields["plan"].carried, joined.fields["name"].carried), (4, 4, 3));
    assert_eq!(
        (joined.fields["plan"].examples.as_slice(), joined.fields["name"].examples.len()),
        (&["gold".to_owned()][..], 0)
    );
    world.engine.ingest.seen().settle(WS).await;
    assert_eq!(world.store.seen_types(WS).await.unwrap()[&kind("joined")].looked, 4);

    // Another life finds them in the table, and adds what comes there.
    let reborn = world.reborn().await;
    reborn.ingest.submit(WS, vec![event("joined", "dora@example.test", json!({ "plan": 7 }))]).await.unwrap();
    reborn.ingest.seen().settle(WS).await;
    let joined = world.store.seen_types(WS).await.unwrap().remove(&kind("joined")).unwrap();
    assert_eq!((joined.looked, &joined.fields["plan"].kinds[..]), (5, &[ValueKind::String, ValueKind::Number][..]));
}

#[tokio::test]
async fn what_is_not_stored_was_not_seen() {
    let world = World::new().await;
    let mut strange = event("go", "ann@example.test", json!({ "a": 1 }));
    strange.who.external_id = Some("7".into());
    world.event(strange).await;
    world.engine.ingest.seen().settle(WS).await;
    let mut other = event("go", "bob@example.test", json!({}));
    other.who.external_id = Some("8".into());
    world.event(other).await;
    let mut conflict = event("go", "ann@example.test", json!({ "b": 1 }));
    conflict.who.external_id = Some("8".into());
    let refused = world.engine.ingest.submit(WS, vec![conflict]).await.unwrap();
    assert_eq!(refused, [Ingested::ContactConflict]);
    world.engine.ingest.seen().settle(WS).await;
    let seen = world.store.seen_types(WS).await.unwrap().remove(&kind("go")).unwrap();
    assert_eq!((seen.looked, seen.fields.keys().map(String::as_str).collect::<Vec<_>>()), (2, vec!["a"]));
}

#[tokio::test]
async fn a_contract_that_cannot_be_read_stops_nobody() {
    let world = World::new().await;
    let asks = |mode: &str| json!({ "mode": mode, "fields": { "a": { "type": "number", "required": true } } });
    put(&world, "torn", asks("refuse")).await;
    put(&world, "kept", asks("refuse")).await;
    put(&world, "told", asks("report")).await;
    let url = format!("sqlite:{}", world.dir.path().join("stafette.db").display());
    let mut raw = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(include_str!("corrupt_contract.sql")).execute(&mut raw).await.unwrap();

    let call = ["torn", "kept", "told", "free", "kept"].map(|name| event(name, "ann@example.test", json!({})));
    let mut call = Vec::from(call);
    call[4].data = json!({ "a": 1 }).as_object().cloned().unwrap().into();
    let answers = world.engine.ingest.submit(WS, call).await.unwrap();
    let taken: Vec<_> = answers.iter().map(|answer| matches!(answer, Ingested::Accepted { .. })).collect();
    assert_eq!(taken, [true, false, true, true, true], "{answers:?}");
    let against = Ingested::AgainstContract { path: "a".into(), why: "\"a\" is missing".into() };
    assert_eq!(answers[1], against);
    // One call that is refused as a whole does not reach the queue.
    let none = world.engine.ingest.submit(WS, vec![event("kept", "ann@example.test", json!({}))]).await.unwrap();
    assert_eq!(none, [against]);
    world.engine.ingest.seen().settle(WS).await;
    let times = async |name: &str| {
        let found = world.store.violations(WS, &kind(name), 10).await.unwrap();
        found.iter().map(|row| row.times).collect::<Vec<_>>()
    };
    assert_eq!((times("torn").await, times("kept").await, times("told").await), (vec![], vec![2], vec![1]));
}

#[tokio::test]
async fn an_event_that_is_stored_is_a_duplicate_whatever_its_contract_says_by_now() {
    let world = World::new().await;
    let keyed = |data: Value| store_keyed(event("order", "ann@example.test", data));
    let first = world.engine.ingest.submit(WS, vec![keyed(json!({ "a": 1 }))]).await.unwrap();
    let Ingested::Accepted { event: stored, .. } = &first[0] else { panic!("{first:?}") };
    for mode in ["report", "refuse"] {
        put(&world, "order", json!({ "mode": mode, "fields": { "b": { "type": "number", "required": true } } })).await;
        let mut fresh = keyed(json!({ "a": 3 }));
        fresh.key = Some(format!("fresh {mode}"));
        let call = vec![keyed(json!({ "a": 1 })), keyed(json!({ "a": 2 })), fresh];
        let answers = world.engine.ingest.submit(WS, call).await.unwrap();
        let (stored, refused) = (*stored, mode == "refuse");
        assert_eq!(answers[0], Ingested::Duplicate { event: stored }, "{mode}");
        assert_eq!(answers[1], Ingested::KeyTaken { event: stored }, "{mode}");
        assert_eq!(matches!(answers[2], Ingested::AgainstContract { .. }), refused, "{answers:?}");
        // Only what was stored, or was refused for it, stands against the contract.
        world.engine.ingest.seen().settle(WS).await;
        let found = world.store.violations(WS, &kind("order"), 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.times).collect::<Vec<_>>(), [1], "{mode}");
    }
}

fn store_keyed(mut event: runner::Incoming) -> runner::Incoming {
    event.key = Some("first".into());
    event
}

#[tokio::test]
async fn what_is_too_large_to_be_checked_is_not_let_by() {
    let world = World::new().await;
    let lines: Vec<_> = (0..30_000).map(|_| json!({ "sku": "a" })).collect();
    let large = event("order", "ann@example.test", json!({ "lines": lines }));
    for (mode, times) in [("refuse", 1), ("report", 1)] {
        let fields = json!({ "lines[]": { "type": "list" }, "lines[].sku": { "type": "string" } });
        put(&world, "order", json!({ "mode": mode, "fields": fields })).await;
        let answers = world.engine.ingest.submit(WS, vec![large.clone()]).await.unwrap();
        match &answers[0] {
            Ingested::AgainstContract { path, why } => assert!(path.is_empty() && why.contains("too large"), "{why}"),
            answer => assert!(mode == "report" && matches!(answer, Ingested::Accepted { .. }), "{answer:?}"),
        }
        world.engine.ingest.seen().settle(WS).await;
        let found = world.store.violations(WS, &kind("order"), 10).await.unwrap();
        let rows: Vec<_> = found.iter().map(|row| (row.path.as_str(), row.code.as_str(), row.times)).collect();
        assert_eq!(rows, [("", "too_large", times)], "{mode}");
    }
}
