//! Two nodes on one PostgreSQL: one takes events in, the other hears of it and does the work.

use std::time::Duration;

use chrono::TimeDelta;
use program::PerClass;
use runner::{CallSigner, Clock, Config, Deps, Engine, LinkSigner, Press, Roles, Topic, press::Means};
use serde_json::json;
use store::{MessageFilter, MessageStatus, Store};

use crate::{
    postgres::{Database, publish},
    world::{WS, all, client, event},
};

pub(crate) fn deps(store: &Store, roles: Roles) -> Deps {
    let inbox = mail::Transport::inbox();
    Deps {
        store: store.clone(),
        clock: Clock::system(),
        transport: PerClass { operational: inbox.clone(), marketing: inbox },
        links: LinkSigner::new(b"secret", "https://mail.example"),
        press: Press::with(Means::Within, 1),
        dkim: None,
        client: client(),
        signer: CallSigner::new(b"secret"),
        config: Config { roles, ..Config::default() },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_takes_in_what_the_other_works_off() {
    let database = Database::new("runner").await;
    let (store, far) = (database.open().await, database.open().await);

    let mut hints = far.listen().await.unwrap().unwrap();
    store.notify("node-1 5").await.unwrap();
    assert_eq!(hints.next().await.unwrap().as_deref(), Some("node-1 5"));
    // Closing the store waits for every connection.
    drop(hints);

    let clock = Clock::system();
    publish(&store, &clock).await;

    let taker = runner::start(deps(&store, Roles { runner: false, dispatcher: false, duties: false })).await.unwrap();
    let worker = runner::start(deps(&far, Roles::default())).await.unwrap();
    assert_eq!(store.live_nodes(clock.now()).await.unwrap().len(), 2);
    let mut changes = taker.wake.listen(Topic::Changes);
    for n in 0..50 {
        taker.ingest.submit(WS, vec![event("go", &format!("c{n}@example.test"), json!({}))]).await.unwrap();
    }
    // The worker's changes travel back as hints; one may be lost before both listen, so look now and then.
    let sent = async || {
        let messages = store.messages(WS, &MessageFilter::default(), &all()).await.unwrap().items;
        messages.iter().filter(|message| message.status == MessageStatus::Sent).count()
    };
    while sent().await < 50 {
        let _ = tokio::time::timeout(Duration::from_millis(500), changes.woken()).await;
    }
    taker.shutdown().await;
    worker.shutdown().await;
    assert_eq!(store.inbox(WS, None, &all()).await.unwrap().items.len(), 50);
    assert!(store.live_nodes(clock.now()).await.unwrap().is_empty());
    store.close().await;
    far.close().await;
    database.remove().await;
}

/// With the heartbeats of a node as it is configured, and a clock that is moved by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_nodes_tokens_are_moved_when_it_missed_two_heartbeats() {
    let database = Database::new("silent").await;
    let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
    let stores = [database.open().await, database.open().await];
    let nodes = stores.each_ref().map(|store| {
        let deps = deps(store, Roles::default());
        Engine::new(Deps { clock: clock.clone(), ..deps })
    });
    let [silent, node] = &nodes;
    publish(&stores[0], &clock).await;
    // So that tokens are in all buckets, of which one has the ids of four milliseconds.
    let come = async |round: &str| {
        for n in 0..64 {
            node.ingest.submit(WS, vec![event("go", &format!("{round}{n}@example.test"), json!({}))]).await.unwrap();
            hands.advance(TimeDelta::milliseconds(4));
        }
    };
    let moved = async || node.advancer.advance_once(500).await.unwrap().tokens;
    for node in [silent, node, silent] {
        node.enter().await.unwrap();
    }
    let heard = clock.now();
    come("a").await;
    let own = moved().await;
    assert!((1..64).contains(&own), "{own} of 64 are its own");
    // One heartbeat is missed, and the second as good as.
    come("b").await;
    hands.set(heard + TimeDelta::seconds(5));
    node.enter().await.unwrap();
    assert_eq!(moved().await, own, "it has enough of its own");
    come("c").await;
    node.enter().await.unwrap();
    assert_eq!(moved().await, 64 + 2 * (64 - own), "all that is left, too");
    assert_eq!(moved().await, 0);
    for store in stores {
        store.close().await;
    }
    database.remove().await;
}
