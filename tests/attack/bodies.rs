//! Bodies of requests spend what there is for them: of one address, a second, and a commit.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

use super::{
    http::{Target, post},
    peer::Peer,
};
use crate::{load::pause, process::Client};

const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever holds half of all the room gets no more of it, and the others have the other half.
#[test]
fn one_address_holds_half_of_all() {
    let mut target = Target::new(&["--body-memory", "32", "--connections-per-address", "0"]);
    let key = target.key("events:write");
    let event = format!(r#"{{"type":"a","contact":{{"external_id":"1"}},"data":{{"x":"{}"}}}}"#, "x".repeat(900_000));
    // Asks before it sends anything: 100, or the refusal.
    let asks = |address: &str| {
        let mut peer = Peer::from(address, target.url());
        peer.say(post("/api/v1/events", &key, "expect: 100-continue\r\n", event.len()));
        (peer.status(), peer)
    };
    let sends = |address: &str| match asks(address) {
        (100, mut peer) => (peer.say(&event), peer.status()).1,
        (refused, _) => refused,
    };
    // Each but for its last byte, until there is no more room; who came at the same time may have been refused meanwhile.
    let (begin, mut begun) = (Instant::now(), Vec::new());
    loop {
        match asks("127.0.0.2") {
            (100, mut peer) => {
                peer.say(&event[..event.len() - 1]);
                begun.push(peer);
            }
            (status, _) => {
                assert_eq!(status, 503);
                break;
            }
        }
        assert!(begin.elapsed() < PATIENCE, "one address holds more than half: {}", begun.len());
    }
    for address in ["127.0.0.3", "127.0.0.4", "127.0.0.3"] {
        assert_eq!(sends(address), 202, "{address}");
    }
    // Who has a place keeps it, and what is not needed any more is free for the same address.
    let done: Vec<_> = begun.iter_mut().map(|peer| (peer.say(&event[event.len() - 1..]), peer.status()).1).collect();
    let taken = done.iter().filter(|status| **status == 202).count();
    // Half are 16 MiB.
    assert!((10..=18).contains(&taken) && done.iter().all(|status| [0, 202, 503].contains(status)), "{done:?}");
    assert_eq!(sends("127.0.0.2"), 202);
    assert!(target.lives());
}

/// From the tenth second on a body comes with 1 KiB a second, long before its time is over.
#[test]
fn a_trickle_is_no_body() {
    let target = Target::new(&[]);
    let key = target.key("events:write");
    let (begin, url) = (Instant::now(), target.url());
    let trickles = |bytes: usize| {
        let mut peer = Peer::to(url);
        peer.say(post("/api/v1/events", &key, "", 100_000));
        peer.say(" ".repeat(bytes));
        let told = peer.rest();
        assert!(told.contains("408") && told.contains("\"timeout\""), "{told}");
        begin.elapsed().as_secs()
    };
    thread::scope(|scope| {
        // What came buys a second for each KiB of it.
        let trickles = &trickles;
        let peers = [(0, 10), (3 << 10, 13)].map(|(bytes, seconds)| (scope.spawn(move || trickles(bytes)), seconds));
        for (peer, seconds) in peers {
            let took = peer.join().unwrap();
            assert!((seconds..30).contains(&took), "{took} s instead of {seconds}");
        }
    });
}

/// What waits for its commit is stored by as many as its bytes ask for: of 4 MB by one, unless the option says less.
#[test]
fn a_commit_holds_so_much() {
    let commits = |options: &[&str]| {
        let target = Target::new(options);
        let client = Client::new(&target.key("admin"));
        let url = target.url();
        let metric = |name: &str| client.metric(url, name).unwrap_or_default();
        let send = &|n: usize| {
            let data = json!({ "pad": "x".repeat(100_000) });
            let event = json!({ "type": "a", "contact": { "external_id": n.to_string() }, "data": data });
            let (status, answer) = client.post(&format!("{url}/api/v1/events"), &event).unwrap();
            assert_eq!(status, 202, "{answer}");
        };
        send(40);
        let before = metric("stafette_ingest_commit_rows_count");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let file = format!("sqlite:{}/stafette.db", target.data);
        let mut lock = runtime.block_on(SqliteConnection::connect(&file)).unwrap();
        runtime.block_on(lock.execute("BEGIN IMMEDIATE")).unwrap();
        thread::scope(|scope| {
            (0..40).for_each(|n| drop(scope.spawn(move || send(n))));
            let begin = Instant::now();
            // All but those that are being tried.
            while metric("stafette_ingest_queue") < 39.0 {
                assert!(begin.elapsed() < PATIENCE, "{} wait", metric("stafette_ingest_queue"));
                pause(Duration::from_millis(10));
            }
            runtime.block_on(lock.execute("ROLLBACK")).unwrap();
        });
        metric("stafette_ingest_commit_rows_count") - before
    };
    let (one, many) = (commits(&[]), commits(&["--max-batch", "1"]));
    assert!(one < 4.0 && many >= 4.0, "{one} commits, and {many} of 1 MiB");
}
