//! Programs that are paused, resumed and stopped while their mails and waits are under way.

use chrono::TimeDelta;
use program::ProgramId;
use runner::{Config, duties::CatchUps};
use serde_json::json;
use store::{CatchUp, MessageStatus, Released, TokenStatus};

use crate::{
    fake_relay::{Act, FakeRelay},
    world::{WS, World, event, stream},
};

const PROGRAM: &str = "stafette: 1\nname: two-mails\ntitle: T\nnodes:\n  come: { kind: entry, event: go, next: first }\n  \
                       first: { kind: send_mail, stream: hello, next: rest }\n  \
                       rest: { kind: wait, duration: 2d, next: second }\n  \
                       second: { kind: send_mail, stream: hello }\n";

async fn world(script: &[Act]) -> (World, FakeRelay, ProgramId) {
    let relay = FakeRelay::start(script).await;
    let world = World::with(relay.transport.clone(), Config::default()).await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(PROGRAM).await;
    let program = world.store.program_by_name(WS, &"two-mails".parse().unwrap()).await.unwrap().id;
    (world, relay, program)
}

async fn release(world: &World, program: ProgramId, rule: CatchUp) -> Released {
    world.store.resume_program(WS, program, rule, world.clock.now()).await.unwrap();
    let mut all = Released::default();
    loop {
        all += world.store.release(WS, program, world.clock.now()).await.unwrap();
        if !all.more {
            return all;
        }
    }
}

#[tokio::test]
async fn a_pause_keeps_all_for_any_time() {
    // The relay is busy when the program goes on.
    let (world, relay, program) = world(&[Act::Accept, Act::Later]).await;
    world.event(event("go", "a@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    assert_eq!(relay.message_ids().len(), 1);
    world.event(event("go", "b@example.test", json!({}))).await;
    world.engine.advancer.advance_once(10).await.unwrap();
    // One waits, one has a mail in the outbox, one comes in later.
    world.store.pause_program(WS, program, world.clock.now()).await.unwrap();
    world.event(event("go", "c@example.test", json!({}))).await;
    for _ in 0..30 {
        world.after(TimeDelta::days(1)).await;
    }
    assert_eq!(relay.message_ids().len(), 1, "nothing goes out");
    assert!(world.tokens().await.iter().all(|token| token.status == TokenStatus::Held));
    let reborn = world.reborn().await;
    reborn.work_off().await.unwrap();
    assert_eq!(relay.message_ids().len(), 1, "nor in another life");

    let done = release(&world, program, CatchUp::Run).await;
    assert_eq!(done, Released { tokens: 3, messages: 1, ..Released::default() });
    // The mail is a month old, and a busy relay is no reason to give it up: its age counts from now.
    world.engine.work_off().await.unwrap();
    for _ in 0..4 {
        world.after(TimeDelta::days(1)).await;
    }
    assert!(world.tokens().await.iter().all(|token| token.status == TokenStatus::Done));
    let messages = world.messages().await;
    assert!(messages.iter().all(|message| message.status == MessageStatus::Sent), "{messages:?}");
    let mut ids = relay.message_ids();
    ids.sort();
    ids.dedup();
    assert_eq!((messages.len(), ids.len()), (6, 6));
}

#[tokio::test]
async fn a_catch_up_left_in_the_middle_goes_on() {
    let (world, relay, program) = world(&[]).await;
    world.store.pause_program(WS, program, world.clock.now()).await.unwrap();
    world.event(event("go", "a@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    // Whoever resumes it dies before anything comes back.
    world.store.resume_program(WS, program, CatchUp::Run, world.clock.now()).await.unwrap();
    let duty = CatchUps::new(world.store.clone(), world.clock.clone(), world.engine.wake.clone());
    assert_eq!(duty.run_once().await.unwrap(), Released::default(), "perhaps it is still at it");
    world.hands.advance(TimeDelta::seconds(11));
    assert_eq!(duty.run_once().await.unwrap(), Released { tokens: 1, ..Released::default() });
    world.engine.work_off().await.unwrap();
    assert_eq!(relay.message_ids().len(), 1);
}

#[tokio::test]
async fn a_stop_takes_out_who_is_inside_and_a_resume_brings_them_back() {
    let (world, relay, program) = world(&[]).await;
    world.event(event("go", "a@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    world.store.stop_program(WS, program, world.clock.now()).await.unwrap();
    // Before anybody came to take it out, its wait is over.
    world.after(TimeDelta::days(3)).await;
    assert_eq!(world.tokens().await[0].status, TokenStatus::Ejected);
    assert_eq!(world.store.eject(WS, program, world.clock.now()).await.unwrap(), 0);
    assert!(world.engine.ingest.submit(WS, vec![event("go", "b@example.test", json!({}))]).await.is_ok());
    assert_eq!(world.tokens().await.len(), 1, "nobody enters");

    assert_eq!(release(&world, program, CatchUp::Run).await.tokens, 1);
    world.engine.work_off().await.unwrap();
    assert_eq!((world.tokens().await[0].status, relay.message_ids().len()), (TokenStatus::Done, 2));
}
