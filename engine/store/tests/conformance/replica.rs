//! A real standby answers lists for as long as it is of use.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};
use store::{Dialect, Options};

use crate::{
    faults::{count, open, put, sized},
    server::Server,
    world::{World, at},
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

pub(crate) async fn a_replica_answers_lists(world: World) {
    if world.dialect() == Dialect::Sqlite {
        return;
    }
    let server = Server::start();
    let primary = open(Options::new(&server.url)).unwrap();
    let standby = server.standby();
    put(&primary, sized(10)).await.unwrap();
    primary.close().await;
    until("what is written comes to the standby", async || {
        let mut copy = PgConnection::connect(&standby).await.unwrap();
        let (n,): (i64,) = sqlx::query_as("SELECT count(*) FROM event").fetch_one(&mut copy).await.unwrap();
        n == 1
    })
    .await;
    let options = || Options { replica_url: Some(standby.clone()), ..Options::new(&server.url) };
    let patient = open(options()).unwrap();
    assert_eq!(count(&patient).await, 1);

    // It stands still: what it shows is old, and it is what lists show as long as that is not too old.
    let mut copy = PgConnection::connect(&standby).await.unwrap();
    copy.execute("SELECT pg_wal_replay_pause()").await.unwrap();
    put(&patient, sized(10)).await.unwrap();
    assert_eq!(count(&patient).await, 1, "lists do not come from the standby");
    let strict = open(Options { replica_lag: Duration::from_millis(500), ..options() }).unwrap();
    until("a standby that is too far behind is asked", async || count(&strict).await == 2).await;
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
