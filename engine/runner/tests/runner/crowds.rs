//! More tokens wait for a condition on one contact than whoever stores an event wakes: a node at work wakes them all the same.

use std::time::Duration;

use program::Program;
use runner::{Clock, Roles, Topic};
use serde_json::json;
use store::{Act, FreshIds, Options, Store};

use crate::{
    two_nodes::deps,
    world::{WS, event},
};

/// More than one batch of the duty.
const CROWD: usize = 1_050;
const WAITS: &str = "
stafette: 1
name: waits
title: Waits
nodes:
  in: { kind: entry, event: go, again: always, next: paid }
  paid: { kind: wait_for_condition, when: has(contact.paid) && contact.paid, within: 9d, next: { met: out, timed_out: out } }
  out: { kind: exit }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_at_work_wakes_a_crowd() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Options::new(format!("sqlite:{}/crowds.db", folder.path().display()))).await.unwrap();
    let clock = Clock::system();
    let act = Act { workspace: WS, author: None, now: clock.now() };
    let fresh = FreshIds { id: clock.uuid(), version: clock.uuid().into() };
    let put = store.put_program(act, fresh, &Program::parse(WAITS).unwrap(), true).await.unwrap();
    let node = runner::start(deps(&store, Roles::default())).await.unwrap();
    let mut changes = node.wake.listen(Topic::Changes);
    let mut until = async |name: &str, here: &dyn Fn(&store::NodeCount) -> u64| {
        loop {
            let counts = store.node_counts(WS, put.id).await.unwrap();
            if counts.iter().filter(|count| count.node.as_str() == name).map(here).sum::<u64>() == CROWD as u64 {
                return;
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), changes.woken()).await;
        }
    };
    let orders: Vec<_> = (0..CROWD).map(|n| event("go", "ida@example.test", json!({ "n": n }))).collect();
    for call in orders.chunks(350) {
        node.ingest.submit(WS, call.to_vec()).await.unwrap();
    }
    until("paid", &|count| count.waiting).await;
    let mut paid = event("told", "ida@example.test", json!({}));
    paid.attributes = json!({ "paid": true }).as_object().cloned().unwrap();
    node.ingest.submit(WS, vec![paid]).await.unwrap();
    until("out", &|count| count.finished).await;
    node.shutdown().await;
    store.close().await;
}
