//! Old rows go at least as fast as new ones come in, and the room that they held is given back within the same run.

use std::fs;

use chrono::TimeDelta;
use program::{Program, Stream};
use runner::{Incoming, duties::Prune};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};
use store::{Keep, Pruned, Who};

use crate::world::{Place, WORKSPACE, World};

const STREAM: &str = "stafette: 1\nname: hello\ntitle: T\nclass: operational\nfrom: { email: shop@example.test }\n\
                      subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n";
const PROGRAM: &str = "stafette: 1\nname: one-mail\ntitle: T\nnodes:\n  come: { kind: entry, event: go, next: mail }\n  \
                       mail: { kind: send_mail, stream: hello }\n";
/// A day has more of each kind of row than one transaction deletes.
const QUARTER: usize = 260;
const STEPS: u64 = 2;

/// Six hours: events come in, each starts a token, and its mail goes to the inbox.
async fn quarter_of_a_day(world: &World) {
    let event = |n: usize| Incoming {
        who: Who { email: Some(format!("contact{n}@example.test")), external_id: None },
        attributes: program::Object::new(),
        opt_in: None,
        event: "go".parse().unwrap(),
        data: json!({ "text": "x".repeat(1_000) }).as_object().unwrap().clone().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    };
    world.engine.ingest.submit(WORKSPACE, (0..QUARTER).map(event).collect()).await.unwrap();
    world.engine.work_off().await.unwrap();
    // What was seen of events is written beside them: of this day, before the clock goes on.
    world.engine.ingest.seen().settle(WORKSPACE).await;
    world.hands.advance(TimeDelta::hours(6));
}

/// What one run of the duty deletes. Where it is interrupted so that nobody waits for it, it goes on at once.
async fn run(prune: &Prune) -> Pruned {
    let mut all = prune.run_once().await.unwrap();
    while prune.more() {
        all += prune.run_once().await.unwrap();
    }
    all
}

/// So many quarters of a day: each kind of row as often as it came in.
fn quarters(n: u64) -> Pruned {
    let rows = n * QUARTER as u64;
    Pruned {
        trace: STEPS * rows,
        tokens: rows,
        events: rows,
        messages: rows,
        calls: 0,
        inbox: rows,
        audit: 0,
        access: 0,
        seen: 0,
        test_runs: 0,
    }
}

async fn old_rows_go_as_new_ones_come(place: (Place, String)) {
    let file = place.1.strip_prefix("sqlite:").map(str::to_owned);
    let world = World::new(place, "2026-03-01T09:00:00Z".parse().unwrap()).await;
    world.stream(&Stream::parse(STREAM).unwrap()).await;
    world.publish(&Program::parse(PROGRAM).unwrap()).await;
    let day = "1d".parse().unwrap();
    let keep = Keep { trace: day, events: day, messages: day, inbox: day, audit: day };
    let prune = Prune::new(world.store.clone(), world.clock.clone(), keep);
    let size = async || match &file {
        Some(file) => {
            let mut connection = SqliteConnection::connect(file).await.unwrap();
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            fs::metadata(file).unwrap().len()
        }
        None => 0,
    };
    for _ in 0..4 {
        quarter_of_a_day(&world).await;
    }
    assert_eq!(run(&prune).await, quarters(0), "nothing is older than a day");
    for _ in 0..4 {
        quarter_of_a_day(&world).await;
    }
    // All of a day at once, which is the half of what is there.
    let full = size().await;
    assert_eq!(run(&prune).await, quarters(4));
    let left = size().await;
    assert!(left * 100 <= full * 60, "{left} of {full} bytes are left");
    // And from then on what comes in.
    for _ in 0..2 {
        quarter_of_a_day(&world).await;
        assert_eq!(run(&prune).await, quarters(1));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_go_as_new_ones_come_on_sqlite() {
    old_rows_go_as_new_ones_come(Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_go_as_new_ones_come_on_postgres() {
    old_rows_go_as_new_ones_come(Place::postgres("pruning").await).await;
}
