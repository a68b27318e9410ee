//! Nodes that share what is due, and one that falls silent.

use std::{collections::BTreeSet, time::Duration};

use program::TokenId;
use store::{Beat, Dialect, Options, Store, TokenState};

use crate::world::*;

/// Two heartbeats are missed when the third is due, less what it may take to arrive.
const BEAT: Beat =
    Beat { ttl: Duration::from_secs(6), every: Duration::from_secs(2), advances: true, dispatches: true };
const NODES: [&str; 3] = ["one", "two", "three"];
/// So many that each bucket has several: four milliseconds of ids are one, and there are 64.
const TOKENS: usize = 256;

/// What a node takes of all that is due, at once.
async fn takes(node: &Store, millis: i64) -> BTreeSet<TokenId> {
    let claim = node.claim(at(millis), 500).await.unwrap();
    let taken = claim.tokens().iter().map(|token| token.id).collect();
    claim.rollback().await.unwrap();
    taken
}

/// The same, done.
async fn moves(node: &Store, millis: i64) -> BTreeSet<TokenId> {
    let claim = node.claim(at(millis), 500).await.unwrap();
    let writes: Vec<_> = claim.tokens().iter().map(|token| carry(token, at(millis), TokenState::Done)).collect();
    claim.commit(writes.clone()).await.unwrap();
    writes.iter().map(|write| write.token).collect()
}

pub(crate) async fn only_a_silent_nodes_buckets_change_hands(store: World) {
    here(change_hands(store));
}

async fn change_hands(store: World) {
    let all: BTreeSet<_> = start(&store, at(0), TOKENS).await.tokens.into_iter().collect();
    if store.dialect() == Dialect::Sqlite {
        // One process owns the file: whoever else said that it lives, all is this node's.
        for name in NODES {
            store.beat(name, at(0), BEAT).await.unwrap();
        }
        assert!(store.has_all_buckets());
        assert_eq!(moves(&store, 0).await, all);
        return;
    }
    let mut nodes = Vec::new();
    for _ in NODES {
        let node = Store::open(Options::new(&store.url)).await.unwrap();
        node.looks_take_no_time();
        nodes.push(node);
    }
    let beat = async |n: usize, millis| nodes[n].beat(NODES[n], at(millis), BEAT).await.unwrap();
    // The first to speak has not heard of the others. One that moves nothing has no share.
    store.beat("front", at(0), Beat { advances: false, dispatches: false, ..BEAT }).await.unwrap();
    for n in [0, 1, 2, 0, 1, 2] {
        beat(n, 0).await;
    }
    let mut before = Vec::new();
    for node in &nodes {
        before.push(takes(node, 0).await);
    }
    assert_eq!(before.iter().map(BTreeSet::len).sum::<usize>(), TOKENS, "nothing is two nodes'");
    assert_eq!(before.iter().flatten().copied().collect::<BTreeSet<_>>(), all);
    assert!(before.iter().all(|own| own.len() < TOKENS / 2 && !own.is_empty()));

    // The first says no more. By then it has missed one heartbeat, and the second may be on its way.
    for millis in [2_000, 4_000, 5_000] {
        for n in [1, 2] {
            beat(n, millis).await;
            assert_eq!(takes(&nodes[n], millis).await, before[n], "node {n} has enough of its own at {millis}");
        }
    }
    // It has missed two: its own are the others', and theirs stay theirs.
    for n in [1, 2] {
        beat(n, 5_001).await;
    }
    let after = [moves(&nodes[1], 5_001).await, moves(&nodes[2], 5_001).await];
    for (n, after) in [1, 2].into_iter().zip(&after) {
        assert!(after.is_superset(&before[n]), "node {n} keeps its own");
        assert!(after.len() > before[n].len(), "node {n} has some of those of the first");
    }
    assert_eq!(after.iter().map(BTreeSet::len).sum::<usize>(), TOKENS, "each is moved once");
    assert!(takes(&nodes[0], 5_001).await.is_empty(), "nothing is left");

    // It speaks again, and each has what it had.
    let again = start(&store, at(256_000), TOKENS).await.tokens;
    for n in [0, 1, 2, 0, 1, 2] {
        beat(n, 256_000).await;
    }
    for (n, node) in nodes.iter().enumerate() {
        let taken = takes(node, 256_000).await;
        assert_eq!(taken.len(), before[n].len(), "node {n}");
        assert!(taken.iter().all(|token| again.contains(token)));
    }
    for node in nodes {
        node.close().await;
    }
}
