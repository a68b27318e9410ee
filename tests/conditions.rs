//! Tokens that wait for a condition, with several runners at once on PostgreSQL: whatever changes their contact, and
//! whenever, each is met once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use program::{Action, Object, Program, TokenId};
use runner::Incoming;
use serde_json::json;
use store::{Ingested, TokenStatus, Who};

use crate::{
    random,
    world::{Place, WORKSPACE, World},
};

const CONTACTS: usize = 150;
const RUNNERS: usize = 4;

const WAITS: &str = "
stafette: 1
name: waits
title: Waits
nodes:
  in: { kind: entry, event: ordered, again: always, next: paid }
  paid:
    kind: wait_for_condition
    when: has(contact.paid) && contact.paid
    within: 9d
    next: { met: shipped }
  shipped:
    kind: wait_for_condition
    when: has(contact.shipped) && size(contact.shipped) > 1
    within: 9d
    next: { met: seen }
  seen: { kind: wait_for_condition, when: 'count(\"seen\", duration(\"24h\")) > 1', within: 9d, next: { met: out } }
  out: { kind: exit }
";
const CHANGES: &str = "
stafette: 1
name: changes
title: Changes
nodes:
  in: { kind: entry, event: sent, again: always, next: change }
  change: { kind: update_contact, changes: [{ change: add, attribute: shipped, value: '= event.n' }] }
";

/// An event of each contact, in calls of fifty; gives the tokens.
async fn send(world: &World, name: &str, n: u64, attributes: &Object) -> Vec<TokenId> {
    let one = |contact| Incoming {
        who: Who { email: Some(format!("{contact}@example.test")), external_id: None },
        attributes: attributes.clone(),
        opt_in: None,
        event: name.parse().unwrap(),
        data: json!({ "n": n }).as_object().cloned().unwrap().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    };
    let events: Vec<_> = (0..CONTACTS).map(one).collect();
    let mut tokens = Vec::new();
    for call in events.chunks(50) {
        for answer in world.engine.ingest.submit(WORKSPACE, call.to_vec()).await.unwrap() {
            let Ingested::Accepted { tokens: started, .. } = answer else { panic!("{answer:?}") };
            tokens.extend(started);
        }
    }
    tokens
}

async fn settled(world: &World) {
    loop {
        while world.store.next_due(world.clock.now()).await.unwrap().is_some_and(|due| due <= world.clock.now()) {
            tokio::task::yield_now().await;
        }
        // What a claim and an event at once left to the duty.
        if world.store.overlooked(world.clock.now()).await.unwrap() == 0 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_is_met_once_whatever_changes_and_when() {
    let world = Arc::new(World::new(Place::postgres("conditions").await, random::epoch()).await);
    for text in [WAITS, CHANGES] {
        world.publish(&Program::parse(text).unwrap()).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut runners = tokio::task::JoinSet::new();
    for _ in 0..RUNNERS {
        let (advancer, over) = (world.engine.advancer.clone(), over.clone());
        runners.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                advancer.advance_once(20).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    let (nothing, paid) = (Object::new(), json!({ "paid": true }).as_object().cloned().unwrap());
    let (tokens, ..) = tokio::join!(
        send(&world, "ordered", 0, &nothing),
        send(&world, "told", 0, &paid),
        send(&world, "sent", 1, &nothing),
        send(&world, "sent", 2, &nothing),
        send(&world, "seen", 1, &nothing),
        send(&world, "seen", 2, &nothing),
    );
    settled(&world).await;
    over.store(true, Ordering::Relaxed);
    runners.join_all().await;
    assert_eq!(tokens.len(), CONTACTS);
    for token in tokens {
        let trace = world.trace(token).await;
        assert_eq!(world.store.token(WORKSPACE, token).await.unwrap().status, TokenStatus::Done, "{trace:?}");
        let exits =
            trace.iter().filter(|step| matches!(&step.action, Action::Passed { port } if port.as_str() == "met"));
        assert_eq!(exits.count(), 3, "{trace:?}");
    }
    let world = Arc::into_inner(world).unwrap();
    world.end().await;
}
