//! What runs beside the work.

use program::{EventId, VersionId};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use store::{
    Dialect, EventFilter, Keep, MessageFilter, MessageState, NewMessage, Paging, Pruned, Settings, TokenFilter,
    TokenState, UnknownEvents,
};

use crate::world::*;

const DAY: i64 = 86_400_000;

pub(crate) async fn old_rows_go_in_batches(store: World) {
    // Three that are done, one that waits, one that is new; each with an event.
    let old = start(&store, at(0), 4).await;
    let claim = store.claim(at(0), 4).await.unwrap();
    let writes = claim.tokens().iter().enumerate().map(|(n, token)| match n {
        0 => carry(token, at(0), TokenState::Ready { due_at: at(99 * DAY) }),
        _ => carry(token, at(0), TokenState::Done),
    });
    let writes = writes.collect();
    claim.commit(writes).await.unwrap();
    start(&store, at(10 * DAY), 1).await;

    let week = "7d".parse().unwrap();
    let keep = Keep { trace: week, events: week, messages: week, inbox: week, audit: week };
    let one = store.prune(at(10 * DAY), keep, 2).await.unwrap();
    assert_eq!((one.trace, one.tokens, one.events), (2, 2, 2), "{one:?}");
    let two = store.prune(at(10 * DAY), keep, 2).await.unwrap();
    assert_eq!((two.trace, two.tokens, two.events), (1, 1, 1), "{two:?}");
    assert_eq!(store.prune(at(10 * DAY), keep, 2).await.unwrap(), Pruned::default());
    let tokens = store.tokens(WS, &TokenFilter::default(), &Paging::default()).await.unwrap();
    assert_eq!(tokens.items.len(), 2);
    let waits = tokens.items[1].id;
    assert!(old.tokens.contains(&waits));
    assert_eq!(store.trace(WS, waits).await.unwrap().len(), 1);
    assert_eq!(store.events(WS, &EventFilter::default(), &Paging::default()).await.unwrap().items.len(), 2);
    assert!(store.messages(WS, &MessageFilter::default(), &Paging::default()).await.unwrap().items.is_empty());
}

pub(crate) async fn a_token_stays_with_its_messages(store: World) {
    let started = start(&store, at(0), 1).await;
    let claim = store.claim(at(0), 1).await.unwrap();
    let mut write = carry(&claim.tokens()[0], at(0), TokenState::Done);
    let blocked = MessageState::Blocked { reason: "no".into() };
    write.messages = vec![NewMessage { state: blocked, ..message(&claim.tokens()[0], 1, VersionId(id()), at(0)) }];
    claim.commit(vec![write]).await.unwrap();

    let (day, week) = ("1d".parse().unwrap(), "7d".parse().unwrap());
    let keep = Keep { trace: day, events: week, messages: week, inbox: week, audit: week };
    let of_contact = MessageFilter { contact: Some(started.contacts[0]), ..MessageFilter::default() };
    let pruned = store.prune(at(3 * DAY), keep, 10).await.unwrap();
    assert_eq!((pruned.trace, pruned.tokens, pruned.messages), (1, 0, 0), "{pruned:?}");
    assert_eq!(store.messages(WS, &of_contact, &Paging::default()).await.unwrap().items.len(), 1);
    let pruned = store.prune(at(9 * DAY), keep, 10).await.unwrap();
    assert_eq!((pruned.tokens, pruned.messages, pruned.events), (1, 1, 1), "{pruned:?}");
    // Had anything of it stayed, this would be two of one key.
    store.raw("INSERT INTO participation SELECT * FROM participation").await;
}

pub(crate) async fn old_counters_become_one(store: World) {
    let started = start(&store, at(0), 3).await;
    let counts = store.node_counts(WS, started.program).await.unwrap();
    assert_eq!(counts[0].entered, 3);
    store.raw("UPDATE node_count SET slot = 1").await;
    let keep = "7d".parse().unwrap();
    let keep = Keep { trace: keep, events: keep, messages: keep, inbox: keep, audit: keep };
    store.prune(at(DAY), keep, 10).await.unwrap();
    assert_eq!(store.node_counts(WS, started.program).await.unwrap(), counts);
    // Had the row stayed, this would be two of one key.
    store.raw("UPDATE node_count SET slot = 1").await;
}

pub(crate) async fn a_lost_connection_is_told(store: World) {
    start(&store, at(0), 1).await;
    if store.dialect() == Dialect::Postgres {
        let claim = store.claim(at(0), 1).await.unwrap();
        let write = carry(&claim.tokens()[0], at(0), TokenState::Done);
        let mut admin = PgConnection::connect(&store.url).await.unwrap();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        admin.execute(kill).await.unwrap();
        let error = claim.commit(vec![write]).await.unwrap_err();
        assert!(error.retryable(), "{error}");
        // The pool makes new connections; what was claimed is free again.
        assert_eq!(store.claim(at(0), 1).await.unwrap().tokens().len(), 1);
    }
    store.close().await;
    let error = store.next_due(at(0)).await.unwrap_err();
    assert!(error.retryable(), "{error}");
}

pub(crate) async fn settings_and_secrets(store: World) {
    assert_eq!(store.settings(WS).await.unwrap(), Settings::default());
    let refuse = Settings { unknown_events: UnknownEvents::Refuse };
    store.set_settings(WS, &refuse).await.unwrap();
    assert_eq!(store.settings(WS).await.unwrap(), refuse);
    assert_eq!(store.secret("links", &[1, 2]).await.unwrap(), [1, 2]);
    assert_eq!(store.secret("links", &[3]).await.unwrap(), [1, 2]);
}

/// What half a file held is given back within one go: at most 60 % of it is left.
pub(crate) async fn a_file_gets_shorter(store: World) {
    let Some(before) = store.room().await.unwrap() else { return };
    assert!(before.shrinks);
    let path = store.url.strip_prefix("sqlite:").unwrap().to_owned();
    for (day, n) in [(0, 10), (DAY, 10)] {
        for _ in 0..n {
            let events: Vec<_> = (0..200)
                .map(|_| {
                    let mut event = event(by_external_id("one"), "order.placed");
                    event.id = EventId(id_at(at(day)));
                    event.data = object(json!({ "text": "x".repeat(2_000) })).into();
                    event
                })
                .collect();
            ingest(&store, at(day), &events).await;
        }
    }
    let size = async || {
        store.raw("PRAGMA wal_checkpoint(TRUNCATE)").await;
        std::fs::metadata(&path).unwrap().len()
    };
    let full = size().await;
    let keep = "1h".parse().unwrap();
    let keep = Keep { trace: keep, events: keep, messages: keep, inbox: keep, audit: keep };
    while store.prune(at(DAY), keep, 1_000).await.unwrap().total() > 0 || store.reclaim().await.unwrap() {}
    let left = size().await;
    assert!(left * 100 <= full * 60, "{left} of {full} bytes are left");
    // A file of a former build shrinks once it is compacted.
    store.raw("PRAGMA auto_vacuum = NONE").await;
    store.compact().await.unwrap();
    assert!(store.room().await.unwrap().unwrap().shrinks);
}
