//! What events look like, and what they have to look like.

use std::collections::BTreeMap;

use program::{ContactId, Contract, EventType, MOST_FIELDS, Object, SeenRoom, SeenType, Shape, ValueKind, Violation};
use serde_json::{Value, json};
use store::{Dialect, Keep, MOST_CONTRACTS, MOST_TYPES, Violations};

use crate::world::*;

const DAY: i64 = 86_400_000;

fn kind(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

/// What a node has seen that saw these events, each of another contact.
pub(crate) fn saw(events: &[Value]) -> SeenType {
    let (mut seen, mut news) = (SeenType::default(), SeenType::default());
    for data in events {
        let shape = Shape::of(data.as_object().unwrap(), MOST_FIELDS);
        seen.look(ContactId(id()), &shape, &mut news, &mut SeenRoom::of(1 << 30));
    }
    news
}

async fn note(store: &World, millis: i64, name: &str, seen: SeenType) -> usize {
    store.note_fields(WS, at(millis), &mut [(kind(name), seen)].into()).await.unwrap()
}

async fn told(store: &World, name: &str) -> SeenType {
    store.seen_types(WS).await.unwrap().remove(&kind(name)).unwrap()
}

pub(crate) fn contract(mode: &str, path: &str) -> Contract {
    serde_json::from_value(json!({ "mode": mode, "fields": { path: { "type": "string", "required": true } } })).unwrap()
}

pub(crate) async fn fields_of_several_nodes_add_up(store: World) {
    let order = |total: Value| json!({ "total": total, "currency": "EUR" });
    assert_eq!(note(&store, 0, "order", saw(&[order(json!(1)), order(json!(2)), order(json!(3))])).await, 0);
    // Another node, on another day, where the total is a text by now.
    note(&store, DAY, "order", saw(&[order(json!("4")), json!({ "voucher": true })])).await;
    note(&store, DAY, "visit", saw(&[json!({})])).await;
    let seen = told(&store, "order").await;
    assert_eq!((seen.looked, seen.beyond, seen.fields.len()), (5, 0, 3));
    let total = &seen.fields["total"];
    assert_eq!((&total.kinds[..], total.carried), (&[ValueKind::Number, ValueKind::String][..], 4));
    assert_eq!(total.examples, ["1", "2", "3"]);
    assert_eq!((&seen.fields["currency"].examples[..], seen.fields["voucher"].carried), (&["EUR".to_owned()][..], 1));
    assert_eq!((told(&store, "visit").await.looked, store.rows("event_field").await), (1, 3));
    // A day's begin; what was not carried keeps its day.
    let days = "SELECT COUNT(*) FROM event_field WHERE last_seen % 86400000 = 0 AND first_seen <= last_seen";
    assert_eq!(store.scalar(days).await, 3);
    assert_eq!(store.scalar("SELECT COUNT(*) FROM event_field WHERE first_seen < last_seen").await, 2);
    assert!(store.seen_types(program::WorkspaceId(id())).await.unwrap().is_empty());
}

pub(crate) async fn two_nodes_add_at_once(store: World) {
    let store = std::sync::Arc::new(store);
    let notes = (0..8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let seen = || saw(&[json!({ "a": n, format!("own{n}"): 1 })]);
            let mut all: BTreeMap<_, _> = [(kind("a"), seen()), (kind("b"), seen())].into();
            store.note_fields(WS, at(0), &mut all).await.unwrap()
        })
    });
    for note in notes.collect::<Vec<_>>() {
        assert_eq!(note.await.unwrap(), 0);
    }
    let seen = told(&store, "a").await;
    assert_eq!((seen.looked, seen.fields["a"].carried, seen.fields.len()), (8, 8, 9));
}

pub(crate) async fn types_and_fields_have_a_budget(store: World) {
    let many: BTreeMap<_, _> =
        (0..MOST_TYPES + 7).map(|n| (kind(&format!("t{n}")), saw(&[json!({ "a": 1 })]))).collect();
    assert_eq!(store.note_fields(WS, at(0), &mut many.clone()).await.unwrap(), 7);
    assert_eq!(store.note_fields(WS, at(0), &mut many.clone()).await.unwrap(), 7, "those that are there are added to");
    assert_eq!(store.rows("event_look").await, MOST_TYPES as i64);
    for part in 0..3 {
        let object: Object = (0..MOST_FIELDS / 2).map(|n| (format!("k{part}-{n}"), json!(1))).collect();
        note(&store, 0, "t0", saw(&[Value::Object(object)])).await;
    }
    let seen = told(&store, "t0").await;
    assert_eq!((seen.fields.len(), seen.beyond > 0), (MOST_FIELDS, true));
}

pub(crate) async fn a_contract_has_versions(store: World) {
    let order = kind("order");
    let before = store.routing(WS).await.unwrap().revision;
    let put = async |contract: Option<&Contract>, millis| {
        store.put_contract(by(Some("ann"), at(millis)), &order, contract).await.unwrap()
    };
    let (first, second) = (contract("report", "a"), contract("refuse", "b"));
    assert_eq!((put(Some(&first), 0).await, put(Some(&second), 1).await), (1, 2));
    assert!(store.routing(WS).await.unwrap().revision > before, "nodes hear of it");
    let live = store.contracts(WS).await.unwrap();
    assert_eq!((live.len(), live[&order].version, &live[&order].contract), (1, 2, &Ok(Some(second))));
    assert_eq!(put(None, 2).await, 3);
    assert!(store.contracts(WS).await.unwrap().is_empty());
    let history = store.contract_history(WS, &order).await.unwrap();
    let told: Vec<_> = history.iter().map(|it| (it.version, it.author.as_deref(), it.made_at)).collect();
    assert_eq!(told, [(3, Some("ann"), at(2)), (2, Some("ann"), at(1)), (1, Some("ann"), at(0))]);
    assert_eq!((&history[0].contract, &history[2].contract), (&Ok(None), &Ok(Some(first.clone()))));
    for n in 0..60 {
        put(Some(&first), n).await;
    }
    assert_eq!((store.rows("event_contract").await, store.contracts(WS).await.unwrap()[&order].version), (50, 63));

    // One that cannot be read is told so, and the others are there.
    store.put_contract(act(at(0)), &kind("visit"), Some(&first)).await.unwrap();
    store.raw("UPDATE event_contract SET body = '{' WHERE type = 'order' AND version = 63").await;
    let live = store.contracts(WS).await.unwrap();
    assert!(live[&order].contract.is_err() && live[&kind("visit")].contract == Ok(Some(first)));
}

pub(crate) async fn contracts_have_a_budget(store: World) {
    let short = contract("report", "a");
    for n in 0..MOST_CONTRACTS {
        store.put_contract(act(at(0)), &kind(&format!("t{n}")), Some(&short)).await.unwrap();
    }
    let more = store.put_contract(act(at(0)), &kind("more"), Some(&short)).await.unwrap_err();
    assert!(more.to_string().contains("at most 200"), "{more}");
    store.put_contract(act(at(0)), &kind("t0"), Some(&short)).await.unwrap();
    let values: Vec<_> = (0..100).map(|n| format!("{n:0>190}")).collect();
    let rule = json!({ "type": "string", "values": values });
    let fields: serde_json::Map<_, _> = (0..10).map(|n| (format!("k{n}"), rule.clone())).collect();
    let long: Contract = serde_json::from_value(json!({ "mode": "report", "fields": fields })).unwrap();
    assert_eq!(long.problem(), None);
    let long = store.put_contract(act(at(0)), &kind("t0"), Some(&long)).await.unwrap_err();
    assert!(long.to_string().contains("too long"), "{long}");
}

pub(crate) async fn violations_are_counted(store: World) {
    let found = |path: &str| {
        let reason = format!("\"{path}\" is missing");
        Violation { path: path.into(), code: "missing", reason, above: None }
    };
    let note = async |millis, paths: &[String]| {
        let mut all = Violations::default();
        for path in paths {
            all.add(&kind("order"), &[found(path)], &mut usize::MAX.clone());
        }
        store.note_violations(WS, at(millis), &mut all).await.unwrap();
        assert!(all.is_empty());
    };
    note(1, &["a".into(), "b".into(), "a".into()]).await;
    note(2, &["a".into()]).await;
    let told = store.violations(WS, &kind("order"), 10).await.unwrap();
    let rows: Vec<_> = told.iter().map(|it| (it.path.as_str(), it.times, it.first_at, it.last_at)).collect();
    assert_eq!(rows, [("a", 3, at(1), at(2)), ("b", 1, at(1), at(1))]);
    assert_eq!((told[0].code.as_str(), told[0].reason.as_str()), ("missing", "\"a\" is missing"));
    // What cannot be stored of names makes one of two.
    note(2, &["a\0".into(), "ab".into(), "a\u{fffd}".into()]).await;
    let told = store.violations(WS, &kind("order"), 10).await.unwrap();
    assert_eq!(told.iter().find(|it| it.path == "a\u{fffd}").map(|it| it.times), Some(2));
    // Names that senders make up have an end, in one call and in many.
    for part in 0..3 {
        note(3, &(0..150).map(|n| format!("{part}-{n}")).collect::<Vec<_>>()).await;
    }
    note(4, &["a".into()]).await;
    assert_eq!(store.rows("event_violation").await, 200);
    assert_eq!(store.violations(WS, &kind("order"), 1).await.unwrap()[0].times, 4);
    store.put_contract(act(at(5)), &kind("order"), Some(&contract("report", "a"))).await.unwrap();
    assert!(store.violations(WS, &kind("order"), 10).await.unwrap().is_empty(), "it is another contract now");
}

/// Refuses the rows of one type in a table, or takes that back.
async fn refuse(store: &World, table: &str, refuses: bool) {
    let statement = match (store.dialect(), refuses) {
        (Dialect::Sqlite, true) => format!(
            "CREATE TRIGGER refuses BEFORE INSERT ON {table} WHEN NEW.type = 't030' BEGIN SELECT RAISE(ABORT, 'no'); END"
        ),
        (Dialect::Sqlite, false) => "DROP TRIGGER refuses".into(),
        (Dialect::Postgres, true) => format!("ALTER TABLE {table} ADD CONSTRAINT refuses CHECK (type <> 't030')"),
        (Dialect::Postgres, false) => format!("ALTER TABLE {table} DROP CONSTRAINT refuses"),
    };
    store.raw(&statement).await;
}

/// Parts of what is to be written are transactions of their own: what was written before one fails is not written again.
pub(crate) async fn what_is_seen_is_written_in_parts(store: World) {
    let types = || (0..50).map(|n| kind(&format!("t{n:0>3}")));
    let mut seen: BTreeMap<_, _> = types().map(|event| (event, saw(&[json!({ "a": 1 })]))).collect();
    refuse(&store, "event_look", true).await;
    let failed = store.note_fields(WS, at(0), &mut seen).await.unwrap_err();
    assert!(failed.retryable() && seen.len() == 30, "{failed}: {} are left", seen.len());
    assert_eq!(store.rows("event_look").await, 20);
    refuse(&store, "event_look", false).await;
    assert_eq!((store.note_fields(WS, at(0), &mut seen).await.unwrap(), seen.len()), (0, 0));
    let told = store.seen_types(WS).await.unwrap();
    assert!(told.len() == 50 && told.values().all(|seen| seen.looked == 1 && seen.fields.len() == 1), "{told:?}");

    let mut violations = Violations::default();
    let found = Violation { path: "a".into(), code: "missing", reason: "it is".into(), above: None };
    for event in types() {
        violations.add(&event, std::slice::from_ref(&found), &mut usize::MAX.clone());
    }
    let takes = violations.takes();
    refuse(&store, "event_violation", true).await;
    store.note_violations(WS, at(0), &mut violations).await.unwrap_err();
    assert_eq!(violations.takes() * 5, takes * 3, "30 of 50 are left");
    refuse(&store, "event_violation", false).await;
    store.note_violations(WS, at(0), &mut violations).await.unwrap();
    assert_eq!(
        (violations.takes(), store.scalar("SELECT CAST(SUM(times) AS BIGINT) FROM event_violation").await),
        (0, 50)
    );
}

/// What stood against contracts is kept as long as events, and what they looked like a day longer.
pub(crate) async fn what_was_seen_goes_with_the_events(store: World) {
    let long = "999d".parse().unwrap();
    let keep = Keep { trace: long, events: "7d".parse().unwrap(), messages: long, inbox: long, audit: long };
    let found = |path: &str| Violation { path: path.into(), code: "missing", reason: "it is".into(), above: None };
    for (day, name) in [(0, "old"), (0, "both"), (5, "both"), (5, "new")] {
        note(&store, day * DAY, name, saw(&[json!({ "a": 1, format!("d{day}"): 1 })])).await;
        let mut all = Violations::default();
        all.add(&kind(name), &[found("a"), found(&format!("d{day}"))], &mut usize::MAX.clone());
        store.note_violations(WS, at(day * DAY), &mut all).await.unwrap();
    }
    let rows = async || {
        let (looks, fields) = (store.rows("event_look").await, store.rows("event_field").await);
        (looks, fields, store.rows("event_violation").await)
    };
    assert_eq!(rows().await, (3, 7, 7));
    assert_eq!(store.prune(at(7 * DAY), keep, 2).await.unwrap().total(), 0);
    // In batches: of each table two rows.
    assert_eq!(store.prune(at(7 * DAY + 1), keep, 2).await.unwrap().seen, 2);
    assert_eq!(store.prune(at(7 * DAY + 1), keep, 2).await.unwrap().seen, 1);
    assert_eq!(rows().await, (3, 7, 4));
    assert_eq!(store.prune(at(8 * DAY + 1), keep, 9).await.unwrap().seen, 4);
    assert_eq!(rows().await, (2, 4, 4));
    assert_eq!(store.prune(at(8 * DAY + 1), keep, 9).await.unwrap().total(), 0);
    let seen = store.seen_types(WS).await.unwrap();
    assert_eq!(seen[&kind("both")].fields.keys().collect::<Vec<_>>(), ["a", "d5"]);
}
