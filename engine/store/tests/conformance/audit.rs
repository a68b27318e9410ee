//! Who changed what.

use store::{ActorKind, Audit, AuditActor, AuditFilter, AuditTarget, Keep, Paging};

use crate::world::*;

const DAY: i64 = 86_400_000;

pub(crate) fn row(day: i64, actor: &str, target: Option<&str>) -> Audit {
    Audit {
        id: id_at(at(day * DAY)),
        at: at(day * DAY),
        actor: AuditActor { kind: ActorKind::Key, id: Some(id()), name: Some(actor.into()) },
        action: "save_draft".into(),
        target: target.map(|name| AuditTarget { kind: "program".into(), id: None, name: name.into() }),
        status: Some(200),
        details: object(serde_json::json!({ "version": 7 })),
        address: Some("192.0.2.7".into()),
    }
}

pub(crate) async fn changes_are_listed_as_they_were_written(store: World) {
    let stranger = AuditActor { kind: ActorKind::Stranger, id: None, name: None };
    let rows = [
        row(1, "ann", Some("welcome")),
        row(2, "bob", Some("welcome")),
        row(3, "ann", Some("other")),
        Audit { actor: stranger, target: None, status: None, address: None, ..row(4, "", None) },
    ];
    for row in &rows {
        store.add_audit(WS, row).await.unwrap();
    }
    let list = async |filter: AuditFilter| store.audit(WS, &filter, &Paging::default()).await.unwrap().items;
    let found = list(AuditFilter::default()).await;
    assert_eq!(found, rows.iter().rev().cloned().collect::<Vec<_>>());
    let name = |name: &str| Some(name.to_owned());
    for (filter, expected) in [
        (AuditFilter { actor: name("ann"), ..AuditFilter::default() }, vec![2, 0]),
        (AuditFilter { target: name("welcome"), ..AuditFilter::default() }, vec![1, 0]),
        (AuditFilter { actor: name("ann"), target: name("welcome"), time: None }, vec![0]),
        (AuditFilter { time: Some(at(2 * DAY)..at(4 * DAY)), ..AuditFilter::default() }, vec![2, 1]),
        (AuditFilter { actor: name("ann"), time: Some(at(2 * DAY)..at(9 * DAY)), target: None }, vec![2]),
        (AuditFilter { target: name("welcome"), time: Some(at(0)..at(2 * DAY)), actor: None }, vec![0]),
        (AuditFilter { target: name("welcom"), ..AuditFilter::default() }, vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|n: usize| rows[n].clone()).collect();
        assert_eq!(list(filter.clone()).await, expected, "{filter:?}");
    }
    let first = store.audit(WS, &AuditFilter::default(), &Paging { after: None, limit: 3 }).await.unwrap();
    let rest = store.audit(WS, &AuditFilter::default(), &Paging { after: first.next, limit: 3 }).await.unwrap();
    assert_eq!((rest.items.as_slice(), rest.next), (&rows[..1], None));

    // They go by age, in batches, and by nothing else.
    let long = "999d".parse().unwrap();
    let keep = Keep { trace: long, events: long, messages: long, inbox: long, audit: "1d".parse().unwrap() };
    assert_eq!(store.prune(at(4 * DAY), keep, 1).await.unwrap().audit, 1);
    assert_eq!(store.prune(at(4 * DAY), keep, 9).await.unwrap().audit, 1);
    assert_eq!(list(AuditFilter::default()).await, [rows[3].clone(), rows[2].clone()]);
}

/// A row that was written stays as it is: no statement of this crate changes one, and only its age lets one go.
pub(crate) async fn no_statement_changes_a_row(_: World) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let words: Vec<_> = text.split_whitespace().collect();
        let says = |phrase: &[&str]| words.windows(phrase.len()).any(|window| window == phrase);
        if says(&["UPDATE", "audit"]) || says(&["DELETE", "FROM", "audit"]) || text.contains("INTO audit") {
            found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    assert_eq!(found, ["audit_insert.sql", "audit_prune.sql"]);
    let insert = include_str!("../../sql/audit_insert.sql");
    assert!(!insert.contains("CONFLICT"), "a row would be changed");
}
