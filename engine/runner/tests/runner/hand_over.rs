//! Mails at the door of a server that answers in every way it can.

use chrono::TimeDelta;
use program::{EventType, StreamClass};
use runner::{Config, Incoming};
use serde_json::json;
use store::{Message, MessageStatus};

use crate::{
    fake_relay::{Act, FakeRelay},
    world::{WS, World, event, one_mail, stream},
};

/// A world with one message in the outbox.
async fn queued(script: &[Act], policy: &str) -> (World, FakeRelay) {
    let relay = FakeRelay::start(script).await;
    let world = World::with(relay.transport.clone(), Config::default()).await;
    world.stream(&stream("hello", "operational", policy)).await;
    world.program(&one_mail("hello")).await;
    world.event(event("go", "a@example.test", json!({}))).await;
    world.engine.advancer.advance_once(10).await.unwrap();
    (world, relay)
}

async fn message(world: &World) -> Message {
    world.messages().await.remove(0)
}

#[tokio::test]
async fn a_busy_server_is_asked_again_with_the_same_mail() {
    let (world, relay) = queued(&[Act::Later, Act::Later], "hold").await;
    world.engine.work_off().await.unwrap();
    let put_off = message(&world).await;
    assert_eq!(put_off.status, MessageStatus::Queued);
    assert!(put_off.reason.as_ref().unwrap().to_string().contains("451"), "{put_off:?}");
    let pause = put_off.due_at - world.clock.now();
    assert!((48..=72).contains(&pause.num_seconds()), "{pause}");
    world.after(TimeDelta::seconds(40)).await;
    assert_eq!(message(&world).await.attempt, 1);
    world.after(TimeDelta::seconds(40)).await;
    world.after(TimeDelta::minutes(6)).await;
    let sent = message(&world).await;
    assert_eq!((sent.status, sent.attempt), (MessageStatus::Sent, 3));
    assert_eq!(relay.message_ids(), vec![format!("<{}>", sent.message_id); 3]);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_given_up() {
    let (world, _relay) = queued(&[Act::Later; 60], "hold").await;
    for _ in 0..60 {
        world.after(TimeDelta::hours(1)).await;
    }
    let message = message(&world).await;
    assert_eq!(message.status, MessageStatus::Failed);
    assert!(message.reason.as_ref().unwrap().to_string().starts_with("expired after 48 h"), "{message:?}");
    assert!(message.attempt > 20, "{message:?}");
}

#[tokio::test]
async fn a_refusal_is_a_dead_letter_that_can_be_replayed() {
    let (world, _relay) = queued(&[Act::Refuse], "hold").await;
    world.engine.work_off().await.unwrap();
    let refused = message(&world).await;
    assert_eq!(refused.status, MessageStatus::Failed);
    assert!(refused.reason.as_ref().unwrap().to_string().contains("nobody here"), "{refused:?}");
    world.store.replay_messages(WS, &[refused.id], world.clock.now()).await.unwrap();
    world.engine.work_off().await.unwrap();
    assert_eq!(message(&world).await.status, MessageStatus::Sent);
}

#[tokio::test]
async fn an_unknown_outcome_follows_its_streams_policy() {
    for (policy, status, mails) in
        [("hold", MessageStatus::Unknown, 1), ("skip", MessageStatus::Skipped, 1), ("resend", MessageStatus::Sent, 2)]
    {
        let (world, relay) = queued(&[Act::Drop], policy).await;
        world.engine.work_off().await.unwrap();
        assert_eq!(relay.message_ids().len(), 1, "{policy}: not at once");
        world.after(TimeDelta::seconds(80)).await;
        let message = message(&world).await;
        assert_eq!((message.status, relay.message_ids().len()), (status, mails), "{policy}: {message:?}");
        assert!(message.unknown_at.is_some(), "{policy}");
        relay.then(Act::Accept);
        assert!(relay.message_ids().windows(2).all(|pair| pair[0] == pair[1]), "{policy}");
    }
}

#[tokio::test]
async fn whatever_is_unknown_is_handed_over_three_times_and_three_more_with_each_replay() {
    let (world, relay) = queued(&[Act::Drop; 60], "resend").await;
    for replay in 1..=3 {
        for _ in 0..60 {
            world.after(TimeDelta::hours(1)).await;
        }
        assert_eq!(relay.message_ids().len(), 3 * replay, "{replay}");
        let dead = message(&world).await;
        let times = format!("handed over {} times without knowing", 3 * replay);
        assert!(dead.reason.as_ref().unwrap().to_string().starts_with(&times), "{dead:?}");
        assert_eq!((dead.status, dead.hand_overs as usize), (MessageStatus::Failed, 3 * replay));
        assert_eq!(world.store.replay_messages(WS, &[dead.id], world.clock.now()).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn consent_is_asked_again_with_each_hand_over() {
    for (act, policy) in [(Act::Later, "hold"), (Act::Drop, "resend"), (Act::Refuse, "hold")] {
        let relay = FakeRelay::start(&[act]).await;
        let world = World::with(relay.transport.clone(), Config::default()).await;
        world.stream(&stream("hello", "marketing", policy)).await;
        world.program(&one_mail("hello")).await;
        let opted = |opt_in| Incoming { opt_in: Some(opt_in), ..event("go", "a@example.test", json!({})) };
        world.event(opted(true)).await;
        world.engine.work_off().await.unwrap();
        let before = relay.message_ids().len();
        let out = Incoming { event: EventType::new("other").unwrap(), ..opted(false) };
        world.event(out).await;
        let first = message(&world).await;
        if first.status == MessageStatus::Failed {
            world.store.replay_messages(WS, &[first.id], world.clock.now()).await.unwrap();
        }
        world.after(TimeDelta::minutes(2)).await;
        let blocked = message(&world).await;
        assert_eq!(blocked.status, MessageStatus::Blocked, "{act:?}: {blocked:?}");
        assert_eq!(
            blocked.reason.as_ref().map(ToString::to_string).as_deref(),
            Some("marketing mail, and the contact has not opted in")
        );
        assert_eq!(relay.message_ids().len(), before, "{act:?}");
    }
}

#[tokio::test]
async fn what_a_dead_node_leased_is_sent_by_the_next_one() {
    let (world, relay) = queued(&[], "hold").await;
    let now = world.clock.now();
    let leased =
        world.store.lease_messages(now, now + TimeDelta::hours(1), "dead", StreamClass::Operational, 10).await.unwrap();
    assert_eq!(leased.len(), 1);
    let next = world.reborn().await;
    next.work_off().await.unwrap();
    assert_eq!(message(&world).await.status, MessageStatus::Sent);
    // The dead node's mark comes too late.
    let late = world.store.settle(now, &[(leased[0].id, leased[0].attempt)], &[]).await.unwrap();
    assert!(late.marked.is_empty());
    assert_eq!(relay.message_ids().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_mails_go_over_few_connections() {
    let (world, relay) = queued(&[], "hold").await;
    let events = (1..200).map(|n| event("go", &format!("c{n}@example.test"), json!({}))).collect();
    world.engine.ingest.submit(WS, events).await.unwrap();
    world.engine.work_off().await.unwrap();
    let mut ids = relay.message_ids();
    assert_eq!(ids.len(), 200);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200, "no mail twice");
    assert!(world.messages().await.iter().all(|message| message.status == MessageStatus::Sent));
}
