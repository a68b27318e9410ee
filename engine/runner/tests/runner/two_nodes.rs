//! Two nodes on one PostgreSQL: one takes events in, the other hears of it and does the work.

use std::time::Duration;

use program::{PerClass, Program, Stream};
use runner::{CallSigner, Clock, Config, Deps, LinkSigner, Press, Roles, Topic, press::Means};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Act, FreshIds, MessageFilter, MessageStatus, Options, Store};

use crate::world::{WS, all, client, event, one_mail, stream};

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
    let url =
        std::env::var("STAFETTE_TEST_POSTGRES").expect("run this beside a PostgreSQL: scripts/postgres cargo test");
    let name = format!("stafette_runner_{}", std::process::id());
    let mut admin = PgConnection::connect(&url).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (front, query) = url.split_once('?').unwrap_or((&url, ""));
    let url = format!("{}/{name}?{query}", front.rsplit_once('/').unwrap().0);
    let store = Store::open(Options::new(&url)).await.unwrap();
    store.looks_take_no_time();
    let far = Store::open(Options::new(&url)).await.unwrap();
    far.looks_take_no_time();

    let mut hints = far.listen().await.unwrap().unwrap();
    store.notify("node-1 5").await.unwrap();
    assert_eq!(hints.next().await.unwrap().as_deref(), Some("node-1 5"));
    // Closing the store waits for every connection.
    drop(hints);

    let clock = Clock::system();
    let fresh = || FreshIds { id: clock.uuid(), version: clock.uuid().into() };
    let hello = Stream::parse(&stream("hello", "operational", "hold")).unwrap();
    let act = Act { workspace: WS, author: None, now: clock.now() };
    store.put_stream(act, fresh(), &hello).await.unwrap();
    let program = Program::parse(&one_mail("hello")).unwrap();
    store.put_program(act, fresh(), &program, true).await.unwrap();

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
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
}
