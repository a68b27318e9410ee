//! What `/metrics` says of events: what waits to be stored, what was not stored and why, and what could not be decided;
//! and how long mails have been waiting.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use crate::{
    load::{PATIENCE, event, pause},
    process::{Client, Server, free_port, stafette_ok},
};

/// A server on SQLite, and somebody who may do everything.
struct Target {
    server: Server,
    folder: tempfile::TempDir,
    client: Client,
}

impl Target {
    fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap().to_owned();
        let fixed = ["--listen", "127.0.0.1:0", "--data", &data];
        let server = Server::start(&[&fixed[..], flags].concat());
        let key = stafette_ok(&["keys", "create", "--data", &data, "--scope", "admin"]);
        Self { server, folder, client: Client::new(&key) }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    fn post(&self, event: &Value) -> (u16, Value) {
        self.client.post(&self.url("/api/v1/events"), event).unwrap()
    }

    /// The series of this name and labels.
    fn metric(&self, series: &str) -> Option<f64> {
        self.client.metric(&self.server.url, series)
    }

    fn until(&self, series: &str, value: f64) {
        let started = Instant::now();
        while self.metric(series) != Some(value) {
            assert!(started.elapsed() < PATIENCE, "{series} is {:?}, not {value}", self.metric(series));
            pause(Duration::from_millis(10));
        }
    }
}

#[test]
fn what_is_not_stored_is_counted_by_its_reason() {
    let target = Target::start(&["--unknown-events", "refuse", "--max-contact", "1"]);
    let program = "stafette: 1\nname: filtered\ntitle: T\nnodes:\n  \
                   in: { kind: entry, event: go, again: always, filter: event.price * event.qty >= 100, next: out }\n  \
                   out: { kind: exit }\n";
    let published = target.client.post_text(&target.url("/api/v1/programs?publish=true"), program).unwrap();
    assert_eq!(published.0, 200, "{}", published.1);
    let event =
        |id: &str, contact: Value, data: Value| json!({ "type": "go", "id": id, "contact": contact, "data": data });
    let ida = || json!({ "email": "ida@example.test" });
    let good = event("1", ida(), json!({ "price": 34, "qty": 3 }));
    let other = event("1", ida(), json!({ "price": 35, "qty": 3 }));
    let large = event("2", json!({ "email": "ida@example.test", "note": "x".repeat(2_000) }), json!({}));
    let strange = json!({ "type": "never.heard.of", "contact": ida() });
    target.post(&event("3", json!({ "external_id": "C1" }), json!({ "price": 1, "qty": 1 })));
    let two = event("4", json!({ "email": "ida@example.test", "external_id": "C1" }), json!({ "price": 1, "qty": 1 }));
    let series = |why: &str| format!("stafette_events_not_stored_total{{why=\"{why}\"}}");
    assert_eq!(target.post(&good).0, 202);
    for (n, (why, refused)) in [
        ("duplicate", &good),
        ("id_reused", &other),
        ("contact_too_large", &large),
        ("unknown_type", &strange),
        ("contact_conflict", &two),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(target.metric(&series(why)), Some(0.0), "{why} before");
        for _ in 0..=n {
            target.post(refused);
        }
        // Counted as often as it came, and nothing else by it.
        assert_eq!(target.metric(&series(why)), Some(n as f64 + 1.0), "{why}: {:?}", target.post(refused));
    }
    let undecided = "stafette_filters_undecided_total";
    assert_eq!(target.metric(undecided), Some(0.0));
    assert_eq!(target.post(&event("5", ida(), json!({ "price": 34 }))).0, 202);
    assert_eq!(target.metric(undecided), Some(1.0));
    assert_eq!(target.metric("stafette_tokens_failed_total"), Some(1.0));
}

#[test]
fn what_waits_to_be_stored_is_shown_as_long_as_it_waits() {
    let target = Target::start(&[]);
    let queue = "stafette_ingest_queue";
    assert_eq!(target.metric(queue), Some(0.0));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("sqlite:{}", target.folder.path().join("stafette.db").display());
    let mut locked = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
    runtime.block_on(locked.execute("BEGIN IMMEDIATE")).unwrap();
    let (client, post) = (&target.client, target.url("/api/v1/events"));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let events: Value =
                (0..3).map(|n| json!({ "type": "a", "contact": { "external_id": n.to_string() } })).collect();
            // Where the lock outlasts the server's patience they come again.
            let started = Instant::now();
            while client.post(&post, &events).is_none_or(|(status, _)| status != 202) {
                assert!(started.elapsed() < PATIENCE, "they are not stored");
            }
        });
        target.until(queue, 3.0);
        runtime.block_on(locked.execute("ROLLBACK")).unwrap();
        waiting.join().unwrap();
    });
    target.until(queue, 0.0);
}

/// From when they were first due: what was tried in vain is not younger for that.
#[test]
fn how_long_mails_wait_for_their_relay_is_shown() {
    let relay = format!("smtp://127.0.0.1:{}", free_port());
    let target = Target::start(&["--example", "--smtp", &relay, "--public-url", "http://127.0.0.1"]);
    let lag = || target.metric("stafette_queue_lag_seconds{queue=\"operational\"}");
    let begin = Instant::now();
    assert_eq!(target.post(&event(0)).0, 202);
    while lag().is_none_or(|seconds| seconds < 10.0) {
        assert!(begin.elapsed() < PATIENCE, "{:?}", lag());
        pause(Duration::from_millis(100));
    }
    assert!(lag().unwrap() <= begin.elapsed().as_secs_f64(), "{:?}", lag());
    target.until("stafette_queue_lag_seconds{queue=\"marketing\"}", 0.0);
}
