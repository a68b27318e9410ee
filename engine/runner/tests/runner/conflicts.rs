//! Any statement of a node at work may be refused for the sake of another transaction: the batch is done again, and each mail
//! goes out once.

use std::time::Duration;

use runner::{Clock, Roles, Topic};
use serde_json::json;
use store::{MessageFilter, MessageStatus, TokenFilter, TokenStatus};

use crate::{
    postgres::{Database, publish},
    two_nodes::deps,
    world::{WS, all, event},
};

/// Statements of ingest, claim, lease and settlement of one mail, and some that duties add.
const STATEMENTS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_statement_is_refused_the_batch_is_done_again() {
    let database = Database::new("conflicts").await;
    let store = database.open().await;
    publish(&store, &Clock::system()).await;

    let node = runner::start(deps(&store, Roles::default())).await.unwrap();
    let mut changes = node.wake.listen(Topic::Changes);
    let sent = async || {
        let messages = store.messages(WS, &MessageFilter::default(), &all()).await.unwrap().items;
        messages.iter().filter(|message| message.status == MessageStatus::Sent).count()
    };
    let mut met = 0;
    for n in 0..STATEMENTS {
        store.inject_conflict(n);
        node.ingest.submit(WS, vec![event("go", &format!("c{n}@example.test"), json!({}))]).await.unwrap();
        while sent().await <= usize::try_from(n).unwrap() {
            let _ = tokio::time::timeout(Duration::from_millis(100), changes.woken()).await;
        }
        met += u64::from(!store.take_conflict_back());
    }
    node.shutdown().await;
    assert!(met >= 10, "only {met} statements were refused");
    let mails = store.inbox(WS, None, &all()).await.unwrap().items.len();
    assert_eq!(mails as u64, STATEMENTS);
    let failed = TokenFilter { status: Some(TokenStatus::Failed), ..TokenFilter::default() };
    assert!(store.tokens(WS, &failed, &all()).await.unwrap().items.is_empty());
    store.close().await;
    database.remove().await;
}
