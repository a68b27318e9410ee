//! A real standby answers lists for as long as it is of use.

use std::time::Duration;

use program::StreamClass;
use sqlx::{Connection, Executor, PgConnection};
use store::{
    ContactFilter, Dialect, MessageFilter, Options, Paging, Passage, Settle, Settlement, Store, TokenFilter,
    VisitFilter,
};

use crate::{
    faults::{count, open, put, sized},
    server::Server,
    world::{Started, WS, World, at, node, queue},
};

/// Looks so often; then it will not come any more.
const LOOKS: usize = 2_000;

async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..LOOKS {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what}");
}

/// One of each that lists show: an event that made a contact, whose token is through and whose mail is in the inbox.
async fn fill(store: &Store) -> Started {
    let (started, _) = queue(store, "hold", 1).await;
    let leased = store.lease_messages(at(0), at(100), "boot-1", StreamClass::Operational, 10).await.unwrap().remove(0);
    let outcome = Settlement::Inbox { raw: b"x".to_vec(), subject: "Hello".into(), sender: "shop@example.com".into() };
    let settle = Settle { id: leased.id, attempt: leased.attempt, outcome };
    assert_eq!(store.settle(at(1), &[], &[settle]).await.unwrap().settled.len(), 1);
    started
}

/// How many each list shows; of visits and timelines those of these.
async fn seen(store: &Store, started: &[&Started]) -> Vec<(&'static str, usize)> {
    let all = Paging { after: None, limit: 200 };
    let (mut visits, mut lived) = (0, 0);
    for started in started {
        let (program, node, time) = (started.program, node("joined"), at(-1_000)..at(1_000));
        let filter = VisitFilter { program, node, passage: Passage::Left, time };
        visits += store.visits(WS, &filter, &all).await.unwrap().items.len();
        lived += store.timeline(WS, started.contacts[0], &all).await.unwrap().items.len();
    }
    vec![
        ("events", count(store).await),
        ("contacts", store.contacts(WS, &ContactFilter::default(), &all).await.unwrap().items.len()),
        ("tokens", store.tokens(WS, &TokenFilter::default(), &all).await.unwrap().items.len()),
        ("messages", store.messages(WS, &MessageFilter::default(), &all).await.unwrap().items.len()),
        ("visits", visits),
        ("timeline", lived),
        ("inbox", store.inbox(WS, None, &all).await.unwrap().items.len()),
    ]
}

pub(crate) async fn a_replica_answers_lists(world: World) {
    if world.dialect() == Dialect::Sqlite {
        return;
    }
    let server = Server::start();
    let primary = open(Options::new(&server.url)).unwrap();
    let standby = server.standby();
    let first = fill(&primary).await;
    primary.close().await;
    until("what is written comes to the standby", async || {
        let mut copy = PgConnection::connect(&standby).await.unwrap();
        let (n,): (i64,) = sqlx::query_as("SELECT count(*) FROM inbox_mail").fetch_one(&mut copy).await.unwrap();
        n == 1
    })
    .await;
    let options = || Options { replica_url: Some(standby.clone()), ..Options::new(&server.url) };
    let patient = open(options()).unwrap();
    let before = seen(&patient, &[&first]).await;
    assert!(before.iter().all(|(what, n)| *n > 0 || panic!("no {what}")), "{before:?}");

    // It stands still: what it shows is old, and it is what lists show as long as that is not too old.
    let mut copy = PgConnection::connect(&standby).await.unwrap();
    copy.execute("SELECT pg_wal_replay_pause()").await.unwrap();
    let second = fill(&patient).await;
    assert_eq!(seen(&patient, &[&first, &second]).await, before, "lists do not come from the standby");
    let strict = open(Options { replica_lag: Duration::from_millis(500), ..options() }).unwrap();
    until("a standby that is too far behind is asked", async || count(&strict).await == 2).await;
    let both: Vec<_> = before.iter().map(|(what, n)| (*what, 2 * n)).collect();
    assert_eq!(seen(&strict, &[&first, &second]).await, both, "lists do not come from the primary");
    strict.close().await;

    // It goes away: whoever asks for lists gets them from the primary.
    copy.close().await.unwrap();
    server.control(&["standby", "stop", "-m", "immediate"]);
    until("a standby that is away is asked", async || count(&patient).await == 2).await;
    patient.heartbeat("node", at(0), Duration::from_secs(9)).await.unwrap();
    assert_eq!(patient.obstacle().await, None, "what the standby does is no fault of the database");

    // And it comes back.
    server.control(&["standby", "start"]);
    let mut copy = PgConnection::connect(&standby).await.unwrap();
    let fresh = open(options()).unwrap();
    until("a standby that has caught up is asked", async || {
        put(&fresh, sized(10)).await.unwrap();
        let mut copy = PgConnection::connect(&standby).await.unwrap();
        copy.execute("SELECT pg_wal_replay_pause()").await.unwrap();
        let before = count(&fresh).await;
        put(&fresh, sized(10)).await.unwrap();
        let after = count(&fresh).await;
        copy.execute("SELECT pg_wal_replay_resume()").await.unwrap();
        before == after
    })
    .await;
    copy.execute("SELECT pg_wal_replay_resume()").await.unwrap();
    fresh.close().await;
    patient.close().await;
}
