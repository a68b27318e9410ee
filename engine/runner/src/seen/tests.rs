//! What a node keeps in memory of what it has seen, and how it is written.

use chrono::TimeDelta;
use program::{ContactId, EventId};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use store::{Options, Who};
use uuid::Uuid;

use super::*;
use crate::ManualClock;

const WS: WorkspaceId = WorkspaceId::DEFAULT;

/// Nobody writes unless asked.
async fn seen(folder: &tempfile::TempDir) -> (Seen, Store, ManualClock) {
    let store = Store::open(Options::new(format!("sqlite:{}/seen.db", folder.path().display()))).await.unwrap();
    let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
    (Seen::new(store.clone(), clock), store, hands)
}

fn event(name: &str, data: &Value) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::nil()),
        contact_id: ContactId(Uuid::nil()),
        who: Who::default(),
        attributes: Object::new(),
        opt_in: None,
        event: EventType::new(name).unwrap(),
        data: data.as_object().cloned().unwrap_or_default().into(),
        occurred_at: program::Time::UNIX_EPOCH,
        key: None,
        attachments: Vec::new(),
        tokens: Vec::new(),
        undecided: Vec::new(),
        refused: Vec::new(),
    }
}

/// Stores events, as far as `Seen` can tell; says how many were looked at, and whether there is something to write at
/// once.
async fn come(seen: &Seen, events: &[NewEvent]) -> (usize, bool) {
    let picked = seen.pick(WS, events);
    let looked = picked.len();
    let (event, contact, tokens) = (EventId(Uuid::nil()), ContactId(Uuid::nil()), Vec::new());
    seen.look(WS, &picked, &vec![Ingested::Accepted { event, contact, tokens }; events.len()]);
    let woken = tokio::time::timeout(Duration::ZERO, seen.0.news.notified()).await.is_ok();
    (looked, woken)
}

#[tokio::test]
async fn only_what_is_new_today_is_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, hands) = seen(&folder).await;
    let order = event("order", &json!({ "total": 1 }));
    assert_eq!(come(&seen, std::slice::from_ref(&order)).await, (1, true));
    seen.settle(WS).await;
    assert_eq!(come(&seen, &vec![order.clone(); 50]).await, (50, false), "nothing is new");
    let stored = async || store.seen_types(WS).await.unwrap().into_values().next().unwrap();
    assert_eq!(stored().await.looked, 1, "so nothing was written");
    assert_eq!(come(&seen, &[event("order", &json!({ "total": 1, "voucher": "x" }))]).await, (1, true));
    // The day's sample is told once; then each tenth is looked at.
    assert_eq!(come(&seen, &vec![order.clone(); 148]).await, (148, true));
    assert_eq!(come(&seen, &vec![order.clone(); 1_000]).await, (100, false));
    hands.advance(TimeDelta::days(1));
    assert_eq!(come(&seen, &[order]).await, (1, true));
    seen.settle(WS).await;
    assert_eq!(stored().await.fields.keys().collect::<Vec<_>>(), ["total", "voucher"]);
    store.close().await;
}

#[tokio::test]
async fn what_is_over_the_budget_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, _) = seen(&folder).await;
    let types: Vec<_> = (0..MOST_TYPES + 5).map(|n| event(&format!("t{n}"), &json!({ "a": 1 }))).collect();
    assert_eq!(come(&seen, &types).await.0, MOST_TYPES);
    let many: Object = (0..MOST_FIELDS + 50).map(|n| (format!("k{n}"), json!(1))).collect();
    come(&seen, &[event("t0", &Value::Object(many))]).await;
    seen.settle(WS).await;
    let stored = store.seen_types(WS).await.unwrap();
    let first = &stored[&EventType::new("t0").unwrap()];
    assert_eq!((stored.len(), first.fields.len(), first.beyond), (MOST_TYPES, MOST_FIELDS, 1));
    store.close().await;
}

fn names(name: &str) -> Vec<Violation> {
    let contract =
        serde_json::from_value::<program::Contract>(json!({ "mode": "report", "closed": true, "fields": {} }));
    contract.unwrap().check(json!({ name: 1 }).as_object().unwrap())
}

fn who(email: &str) -> Who {
    Who { email: Some(email.into()), external_id: None }
}

#[tokio::test]
async fn what_is_seen_takes_so_much_memory_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, hands) = seen(&folder).await;
    let long = |n: usize| {
        let field = |at: usize| (format!("{n}-{at}-{}", "x".repeat(180)), json!(format!("plan {at}")));
        Value::Object((0..MOST_FIELDS).map(field).collect())
    };
    let types: Vec<_> = (0..MOST_TYPES).map(|n| event(&format!("t{n:0>4}"), &long(n))).collect();
    for round in 0..3 {
        for some in types.chunks(100) {
            come(&seen, some).await;
        }
        let (counted, step_by_step) = seen.0.lock().taken();
        assert_eq!(counted, step_by_step, "round {round}");
        assert!((BUDGET / 3..=BUDGET).contains(&counted), "{counted}");
    }
    // What has no room is told, and not by a part of it.
    seen.settle(WS).await;
    let stored = store.seen_types(WS).await.unwrap();
    let whole = stored.values().filter(|seen| seen.beyond == 0 && seen.fields.len() == MOST_FIELDS).count();
    let beyond = stored.values().filter(|seen| seen.beyond > 0 && seen.looked == 3).count();
    assert_eq!((stored.len(), whole + beyond), (MOST_TYPES, MOST_TYPES));
    assert!(whole > 10 && beyond > 100, "{whole} {beyond}");
    // What is written frees its part, and midnight the rest.
    let (counted, step_by_step) = seen.0.lock().taken();
    assert_eq!(counted, step_by_step);
    assert!(counted < BUDGET / 2);
    hands.advance(TimeDelta::days(1));
    come(&seen, &types[..1]).await;
    let (counted, step_by_step) = seen.0.lock().taken();
    assert!(counted == step_by_step && counted < BUDGET / 50, "{counted} {step_by_step}");
    store.close().await;
}

#[tokio::test]
async fn violations_take_so_much_memory_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, _) = seen(&folder).await;
    let found = |at: usize, n: usize| {
        let rule = |part: usize| format!("{at}-{n}-{part}-{}", "x".repeat(150));
        let told = |part| Violation { path: rule(part), code: "missing", reason: "y".repeat(800), above: None };
        (0..10).map(told).collect::<Vec<_>>()
    };
    for at in 0..200 {
        for n in 0..20 {
            seen.violated(WS, &EventType::new(&format!("t{at}")).unwrap(), &who("ann@a.test"), &found(at, n));
        }
    }
    let (counted, step_by_step) = seen.0.lock().taken();
    assert_eq!(counted, step_by_step);
    assert!((BUDGET / 3..=BUDGET / 2).contains(&counted), "{counted}");
    seen.settle(WS).await;
    assert_eq!(seen.0.lock().taken(), (0, 0), "they are written");
    assert_eq!(store.violations(WS, &EventType::new("t0").unwrap(), 300).await.unwrap().len(), 200);
    store.close().await;
}

#[tokio::test]
async fn a_name_is_written_once_several_contacts_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, _) = seen(&folder).await;
    let order = EventType::new("order").unwrap();
    for (email, name) in [("ann@a.test", "+49 170 1234567"), ("bob@a.test", "bob@a.test"), ("ann@a.test", "voucher")] {
        seen.violated(WS, &order, &who(email), &names(name));
    }
    for email in ["ann@a.test", "bob@a.test", "cy@a.test", "cy@a.test"] {
        seen.violated(WS, &order, &who(email), &names("voucher"));
    }
    seen.settle(WS).await;
    let rows = store.violations(WS, &order, 10).await.unwrap();
    let mut told: Vec<_> = rows.iter().map(|row| (row.path.as_str(), row.times, row.reason.as_str())).collect();
    told.sort_unstable();
    let expected =
        [("*", 5, "\"*\" is no field of the contract"), ("voucher", 2, "\"voucher\" is no field of the contract")];
    assert_eq!(told, expected);
    store.close().await;
}

#[tokio::test]
async fn what_is_refused_for_long_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, hands) = seen(&folder).await;
    let mut raw = SqliteConnection::connect(&format!("sqlite:{}/seen.db", folder.path().display())).await.unwrap();
    raw.execute("ALTER TABLE event_field RENAME TO away").await.unwrap();
    let order = event("order", &json!({ "total": 1 }));
    seen.violated(WS, &order.event, &who("ann@a.test"), &names("a"));
    come(&seen, std::slice::from_ref(&order)).await;
    let again = async |minutes| {
        hands.advance(TimeDelta::minutes(minutes));
        let refused = seen.0.flush(WS).await.map_err(|error| error.class());
        (refused, seen.0.lock().unwritten(WS))
    };
    let refused = Err(store::Class::Operator);
    // What stood against contracts has a table of its own.
    assert_eq!(again(0).await, (refused, (1, false)));
    assert_eq!(again(59).await, (refused, (1, false)));
    assert!(store.known_obstacle().is_some_and(|it| it.alarming), "readiness tells it");
    assert_eq!(again(1).await, (refused, (0, false)), "an hour is enough");
    let (counted, step_by_step) = seen.0.lock().taken();
    assert!(counted == step_by_step && counted < 200, "{counted}, the name of a field: {step_by_step}");
    // It is seen anew.
    assert_eq!(come(&seen, std::slice::from_ref(&order)).await, (1, true));
    raw.execute("ALTER TABLE away RENAME TO event_field").await.unwrap();
    assert_eq!(again(1).await, (Ok(()), (0, false)));
    assert_eq!(store.seen_types(WS).await.unwrap()[&order.event].fields.len(), 1);
    // Another time is counted from its own beginning.
    raw.execute("ALTER TABLE event_field RENAME TO away").await.unwrap();
    come(&seen, &[event("order", &json!({ "other": 1 }))]).await;
    assert_eq!(again(120).await, (refused, (1, false)));
    store.close().await;
}

#[tokio::test]
async fn what_cannot_be_written_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (seen, store, hands) = seen(&folder).await;
    come(&seen, &[event("order", &json!({ "total": 1 }))]).await;
    seen.violated(WS, &EventType::new("order").unwrap(), &who("ann@a.test"), &names("a"));
    store.close().await;
    hands.advance(TimeDelta::days(1));
    assert!(seen.0.flush(WS).await.is_err());
    assert_eq!(seen.0.lock().unwritten(WS), (1, true));
    // However long it is away.
    hands.advance(TimeDelta::days(1));
    assert!(seen.0.flush(WS).await.is_err());
    assert_eq!(seen.0.lock().unwritten(WS), (1, true));
    let (counted, step_by_step) = seen.0.lock().taken();
    assert_eq!(counted, step_by_step);
}
