//! A relay that takes nothing at all: what waits for it, what it is asked meanwhile, and what happens when it is back.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use program::{PerClass, StreamClass, Time};
use runner::Config;
use serde_json::json;
use store::MessageStatus;

use crate::{
    fake_relay::{BAD, FakeRelay, Mood},
    world::{WS, World, event, one_mail, stream},
};

const CLASS: StreamClass = StreamClass::Operational;
/// Longest time that anything here may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// A world with so many messages in the outbox, and a relay in this mood.
async fn queued(n: usize, mood: Mood) -> (World, FakeRelay) {
    queued_for(FakeRelay::start(&[]).await, n, mood).await
}

async fn queued_for(relay: FakeRelay, n: usize, mood: Mood) -> (World, FakeRelay) {
    relay.is(mood);
    let world = World::with(relay.transport.clone(), Config::default()).await;
    world.stream(&stream("hello", "operational", "resend")).await;
    world.program(&one_mail("hello")).await;
    for at in 0..n {
        world.event(event("go", &format!("c{at}@example.test"), json!({}))).await;
        world.hands.advance(TimeDelta::milliseconds(5));
    }
    while world.engine.advancer.advance_once(100).await.unwrap().tokens > 0 {}
    (world, relay)
}

async fn count(world: &World, status: MessageStatus) -> usize {
    world.messages().await.iter().filter(|message| message.status == status).count()
}

/// How long it is until then, on a clock of whole milliseconds.
fn until(world: &World, then: Time) -> TimeDelta {
    then - world.clock.now() + TimeDelta::milliseconds(1)
}

#[tokio::test]
async fn nothing_is_lost_or_tried_in_vain_while_a_relay_takes_nothing() {
    for (mood, words) in [
        (Mood::Closed, "554 5.3.2 closed"),
        (Mood::NoSender, "MAIL: 550 5.7.1 not from you"),
        (Mood::NoRelay, "RCPT: 554 5.7.1 relay access denied"),
        (Mood::NoPassword, "MAIL: 530 5.7.0 authentication required"),
        (Mood::NoName, "RCPT: 504 5.5.2 <x>: Helo command rejected"),
    ] {
        let (world, relay) = queued(60, mood).await;
        for _ in 0..60 {
            world.after(TimeDelta::seconds(30)).await;
        }
        assert_eq!(count(&world, MessageStatus::Queued).await, 60, "{mood:?}");
        assert!(world.messages().await.iter().all(|message| message.hand_overs == 0), "{mood:?}");
        let asked = relay.connections.load(Ordering::SeqCst);
        assert!(asked < 60, "{mood:?}: {asked} connections in half an hour");
        let waits =
            |message: &store::Message| message.reason.as_ref().is_some_and(|why| why.to_string().contains(words));
        assert!(world.messages().await.iter().any(waits), "{mood:?}");
        let health = world.engine.dispatcher.relays();
        assert!(health[0].open && health[0].cause.as_ref().unwrap().to_string().contains(words), "{health:?}");
        let seen = world.store.relays_seen(world.clock.now()).await.unwrap();
        assert_eq!((seen.len(), seen[0].state.as_str(), seen[0].queue), (1, "open", CLASS.into()));
        assert!(seen[0].next.is_some_and(|next| next > seen[0].since), "{seen:?}");
        // It was never thought to be over.
        assert!(world.clock.now() - seen[0].since >= TimeDelta::minutes(29), "{mood:?}: {seen:?}");
        // It takes mails again: at the next look all of them go, oldest first.
        relay.is(Mood::Good);
        world.engine.work_off().await.unwrap();
        assert_eq!(count(&world, MessageStatus::Sent).await, 0, "{mood:?}: not looked at yet");
        world.after(until(&world, seen[0].next.unwrap())).await;
        assert_eq!(count(&world, MessageStatus::Sent).await, 60, "{mood:?}");
        let expected: Vec<_> =
            world.messages().await.iter().map(|message| format!("<{}>", message.message_id)).collect();
        let mut sent = relay.message_ids();
        // One connection is no crowd: those of the first lease go first, in whatever order they are written.
        match mood {
            Mood::Closed => assert_eq!(sorted(&sent[..20]), sorted(&expected[..20])),
            // Who stood back so that others were tried is in front again, but for the one that showed that it is back.
            Mood::NoSender => {
                let others: Vec<_> = expected.iter().filter(|id| **id != sent[0]).cloned().collect();
                assert_eq!(sorted(&sent[1..21]), sorted(&others[..20]));
            }
            _ => {}
        }
        sent.sort();
        let mut all = expected;
        all.sort();
        assert_eq!(sent, all, "{mood:?}: each once");
        assert!(world.store.relays_seen(world.clock.now()).await.unwrap().is_empty());
        assert!(world.engine.dispatcher.relays().iter().all(|relay| !relay.open));
    }
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

/// Connections at once when so many mails were taken.
fn width(taken: usize) -> usize {
    match taken {
        ..20 => 1,
        20..40 => 2,
        _ => 4,
    }
}

#[tokio::test]
async fn a_relay_that_is_back_gets_twice_as_many_connections_again_and_again() {
    let (world, relay) = queued(60, Mood::Closed).await;
    world.after(TimeDelta::seconds(1)).await;
    let next = world.store.relays_seen(world.clock.now()).await.unwrap()[0].next.unwrap();
    relay.is(Mood::Good);
    // It answers when as many are there as there should be: with fewer connections nothing would go on.
    relay.answers_together(width);
    let all = tokio::time::timeout(PATIENCE, world.after(until(&world, next))).await;
    all.expect("fewer connections than there should be");
    assert_eq!(count(&world, MessageStatus::Sent).await, 60);
    let crowd = relay.crowd();
    assert_eq!(crowd.len(), 60);
    for (answered, under_way) in crowd {
        assert!(under_way <= width(answered), "{under_way} at once after {answered}");
    }
}

/// What a node had put off until its own next look need not wait for that, once another node sees that the relay is back.
#[tokio::test]
async fn what_another_node_put_off_goes_when_the_relay_is_back() {
    let (world, relay) = queued(200, Mood::NoSender).await;
    let other = world.reborn().await;
    // The first node has asked in vain for so long that it waits for minutes.
    for _ in 0..40 {
        world.after(TimeDelta::seconds(30)).await;
    }
    let next = |node: &runner::Engine| node.dispatcher.relays()[0].next.unwrap();
    world.after(until(&world, next(&world.engine))).await;
    // The second one asks for the first time.
    assert_eq!(other.dispatcher.dispatch_once(CLASS, 1).await.unwrap().retried, 1);
    let (far, near) = (next(&world.engine), next(&other));
    assert!(near + TimeDelta::minutes(2) < far, "{near} {far}");
    let due: Vec<_> = world.messages().await.iter().map(|message| message.due_at).collect();
    assert_eq!(due.iter().filter(|due| **due > near).count(), 160, "{due:?}");
    relay.is(Mood::Good);
    world.hands.advance(until(&world, near));
    other.work_off().await.unwrap();
    assert_eq!(count(&world, MessageStatus::Sent).await, 200);
}

#[tokio::test]
async fn what_waited_goes_in_the_order_in_which_it_was_due() {
    for mood in [Mood::Closed, Mood::NoSender, Mood::NoRelay, Mood::NoPassword, Mood::NoName] {
        let (world, relay) = queued_for(FakeRelay::wide(1, &[]).await, 50, mood).await;
        // Some are tried in vain, and put behind the others for as long as nothing goes.
        for _ in 0..20 {
            world.after(TimeDelta::minutes(5)).await;
        }
        relay.is(Mood::Good);
        world.hands.advance(TimeDelta::minutes(6));
        // One at a time: those of one lease are written side by side.
        while world.engine.dispatcher.dispatch_once(CLASS, 1).await.unwrap().leased > 0 {}
        let mut messages = world.messages().await;
        assert!(messages.iter().all(|message| message.status == MessageStatus::Sent), "{mood:?}: {messages:?}");
        messages.sort_by_key(|message| message.queued_at);
        let (expected, sent) = (messages.iter().map(|it| format!("<{}>", it.message_id)), relay.message_ids());
        // The one taken first showed that it works; refusals that might have been the mails' own gave those first five a
        // pause of their own.
        let doubted: Vec<_> = expected.clone().take(5).chain([sent[0].clone()]).collect();
        let others = |ids: Vec<String>| ids.into_iter().filter(|id| !doubted.contains(id)).collect::<Vec<_>>();
        assert_eq!(others(sent), others(expected.collect()), "{mood:?}");
    }
}

#[tokio::test]
async fn what_waits_for_a_relay_ends_with_its_time() {
    let (world, relay) = queued(8, Mood::Closed).await;
    for _ in 0..47 {
        world.after(TimeDelta::hours(1)).await;
    }
    assert_eq!(count(&world, MessageStatus::Queued).await, 8);
    world.after(TimeDelta::hours(2)).await;
    world.after(TimeDelta::seconds(1)).await;
    for dead in world.messages().await {
        assert_eq!(dead.status, MessageStatus::Failed);
        let reason = dead.reason.unwrap();
        assert!(
            reason.to_string().starts_with("expired after 48 h; the last reply:")
                && reason.to_string().contains("554 5.3.2 closed"),
            "{reason}"
        );
    }
    // By hand they come back.
    relay.is(Mood::Good);
    let ids: Vec<_> = world.messages().await.iter().map(|message| message.id).collect();
    assert_eq!(world.store.replay_messages(WS, &ids, world.clock.now()).await.unwrap(), 8);
    world.after(TimeDelta::minutes(6)).await;
    assert_eq!(count(&world, MessageStatus::Sent).await, 8);
}

#[tokio::test]
async fn an_operator_who_mended_it_need_not_wait() {
    let (world, relay) = queued(3, Mood::Closed).await;
    for _ in 0..40 {
        world.after(TimeDelta::minutes(5)).await;
    }
    relay.is(Mood::Good);
    world.engine.work_off().await.unwrap();
    assert_eq!(count(&world, MessageStatus::Sent).await, 0, "not looked at yet");
    world.hands.advance(TimeDelta::seconds(1));
    world.store.flush_queue(CLASS, world.clock.now()).await.unwrap();
    world.engine.work_off().await.unwrap();
    assert_eq!(count(&world, MessageStatus::Sent).await, 3);
}

#[tokio::test]
async fn one_relay_does_not_stop_the_other() {
    let (good, bad) = (FakeRelay::start(&[]).await, FakeRelay::start(&[]).await);
    bad.is(Mood::Closed);
    let world = World::with(good.transport.clone(), Config::default()).await;
    let transport = PerClass { operational: good.transport.clone(), marketing: bad.transport.clone() };
    let engine = runner::Engine::new(runner::Deps { transport, ..world.deps() });
    engine.enter().await.unwrap();
    world.stream(&stream("hello", "operational", "hold")).await;
    world.stream(&stream("news", "marketing", "hold")).await;
    world.program(&one_mail("hello")).await;
    let second = one_mail("news").replace("name: one-mail", "name: other-mail");
    world.program(&second).await;
    let opted = runner::Incoming { opt_in: Some(true), ..event("go", "a@example.test", json!({})) };
    world.event(opted).await;
    engine.work_off().await.unwrap();
    let states: Vec<_> = world.messages().await.iter().map(|message| (message.class, message.status)).collect();
    assert!(states.contains(&(StreamClass::Operational, MessageStatus::Sent)), "{states:?}");
    assert!(states.contains(&(StreamClass::Marketing, MessageStatus::Queued)), "{states:?}");
    let open: Vec<_> = engine.dispatcher.relays().iter().map(|relay| relay.class).collect();
    assert_eq!(open, [StreamClass::Marketing]);
}

#[tokio::test]
async fn a_held_queue_waits_and_then_goes() {
    let (world, relay) = queued(3, Mood::Good).await;
    world.store.hold_queue(CLASS, world.clock.now()).await.unwrap();
    world.after(TimeDelta::hours(1)).await;
    assert!(relay.message_ids().is_empty());
    world.store.release_queue(CLASS, world.clock.now()).await.unwrap();
    world.engine.work_off().await.unwrap();
    assert_eq!(count(&world, MessageStatus::Sent).await, 3);
}

#[tokio::test]
async fn whatever_a_relay_does_to_some_mails_is_bounded_and_none_of_the_others_business() {
    let (world, relay) = queued(0, Mood::Good).await;
    for n in 0..BAD.len() {
        world.event(event("go", &format!("bad{n}@example.test"), json!({}))).await;
        world.event(event("go", &format!("good{n}@example.test"), json!({}))).await;
    }
    for _ in 0..6 * 24 * 3 {
        world.after(TimeDelta::minutes(30)).await;
    }
    let ids = relay.message_ids();
    for message in world.messages().await {
        let times = ids.iter().filter(|id| **id == format!("<{}>", message.message_id)).count();
        let case = format!("{}: {times} times, {message:?}", message.recipient);
        if message.recipient.starts_with("good") {
            assert_eq!((message.status, times), (MessageStatus::Sent, 1), "{case}");
            continue;
        }
        assert!(times <= message.hand_overs as usize && message.hand_overs <= 40, "{case}");
        assert!(message.unknowns <= 3, "{case}");
        if message.unknown_at.is_some() {
            assert!(times <= 3, "{case}");
        }
        match message.status {
            MessageStatus::Sent => assert!(message.reply.is_some(), "{case}"),
            MessageStatus::Failed => assert!(message.reason.is_some_and(|why| why.to_string().len() > 10), "{case}"),
            _ => panic!("{case}"),
        }
    }
}
