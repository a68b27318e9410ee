//! Tokens that wait for an event, and somebody interferes: a dead letter is mended, a program is stopped and goes on, a
//! wait of a test run is skipped. On both databases.

use chrono::TimeDelta;
use program::{EventType, Object, Program, TokenId, VersionId, WorkspaceId};
use runner::Incoming;
use serde_json::{Value, json};
use store::{CatchUp, Ingested, NewTestRun, TestRun, TokenStatus, Who};

use crate::{
    random,
    world::{Place, WORKSPACE, World},
};

/// Waits for a payment with such a filter.
fn program(filter: &str) -> Program {
    let text = format!(
        "
stafette: 1
name: pays
title: Pays
nodes:
  in: {{ kind: entry, event: ordered, again: always, next: pay }}
  pay:
    kind: wait_for_event
    event: paid
    filter: {filter}
    timeout: 1h
    as: payment
    next: {{ came: write }}
  write:
    kind: update_contact
    changes: [{{ change: add, attribute: payments, value: '= joined.payment.n' }}]
"
    );
    Program::parse(&text).unwrap()
}

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

/// An event of Ida's.
async fn says(world: &World, name: &str, data: Value) -> Vec<TokenId> {
    match world.event(name, &object(json!({ "email": "ida@example.test" })), &object(data)).await {
        Ingested::Accepted { tokens, .. } => tokens,
        other => panic!("{other:?}"),
    }
}

/// What a token's steps say, as text.
async fn way(world: &World, workspace: WorkspaceId, token: TokenId) -> Vec<String> {
    let trace = world.store.trace(workspace, token).await.unwrap();
    trace.into_iter().map(|step| format!("{} {}", step.node, step.reason)).collect()
}

async fn payments(world: &World, workspace: WorkspaceId, token: TokenId) -> Value {
    let contact = world.store.token(workspace, token).await.unwrap().contact;
    let contact = world.store.contact(workspace, contact).await.unwrap();
    contact.attributes.get("payments").cloned().unwrap_or_default()
}

async fn mended(world: World) {
    // Too much to find out about a long list.
    let lines = "incoming.lines.all(a, incoming.lines.all(b, incoming.lines.all(c, a + b + c > 0)))";
    world.publish(&program(lines)).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.extend(says(&world, "ordered", json!({})).await);
    }
    world.advance().await;
    says(&world, "paid", json!({ "n": 1, "lines": vec![1; 200] })).await;
    world.advance().await;
    let status = async |token| world.store.token(WORKSPACE, token).await.unwrap().status;
    for token in &tokens {
        assert_eq!(status(*token).await, TokenStatus::Failed);
    }
    // What comes meanwhile is behind it.
    says(&world, "paid", json!({ "n": 2, "lines": [1] })).await;
    world.advance().await;
    // A replay in the same version fails over the same event again.
    assert_eq!(world.store.replay_tokens(WORKSPACE, &tokens[..1], world.clock.now()).await.unwrap(), 1);
    world.advance().await;
    assert_eq!(status(tokens[0]).await, TokenStatus::Failed);
    // Mended, and in time: the first event that came counts, however long ago that is.
    world.publish(&program("incoming.n > 0")).await;
    world.hands.set(world.clock.now() + TimeDelta::minutes(59));
    let mended = world.store.mend_tokens(WORKSPACE, &tokens[..2], world.clock.now()).await.unwrap();
    assert_eq!((mended.changed, mended.left.len()), (2, 0));
    world.advance().await;
    for token in &tokens[..2] {
        assert_eq!(status(*token).await, TokenStatus::Done);
        let way = way(&world, WORKSPACE, *token).await;
        assert!(way[way.len() - 2].contains("paid came"), "{way:?}");
    }
    assert_eq!(payments(&world, WORKSPACE, tokens[0]).await, json!([1]));
    // The third one waits for something else in the version that it goes on in: neither counts, and its time is kept.
    let mut other = program("incoming.n > 0").to_yaml();
    other = other.replace("event: paid", "event: settled");
    world.publish(&Program::parse(&other).unwrap()).await;
    world.store.mend_tokens(WORKSPACE, &tokens[2..], world.clock.now()).await.unwrap();
    world.advance().await;
    let waits = world.store.token(WORKSPACE, tokens[2]).await.unwrap();
    assert_eq!((waits.status, waits.due_at), (TokenStatus::Ready, Some(random::epoch() + TimeDelta::hours(1))));
    says(&world, "settled", json!({ "n": 3 })).await;
    world.advance().await;
    assert_eq!(payments(&world, WORKSPACE, tokens[2]).await, json!([1, 3]));
    world.end().await;
}

async fn stopped(world: World) {
    world.publish(&program("incoming.n > 0")).await;
    let id = world.store.program_by_name(WORKSPACE, &program("incoming.n > 0").name).await.unwrap().id;
    let tokens = says(&world, "ordered", json!({})).await;
    world.advance().await;
    let now = || world.clock.now();
    world.store.stop_program(WORKSPACE, id, now()).await.unwrap();
    while world.store.eject(WORKSPACE, id, now()).await.unwrap() > 0 {}
    for n in [0, 7, 8] {
        says(&world, "paid", json!({ "n": n })).await;
    }
    world.advance().await;
    assert_eq!(world.store.token(WORKSPACE, tokens[0]).await.unwrap().status, TokenStatus::Ejected);
    // After the end of its wait: what came counts, as it does after a pause.
    world.hands.set(now() + TimeDelta::hours(2));
    world.store.resume_program(WORKSPACE, id, CatchUp::Run, now()).await.unwrap();
    while world.store.release(WORKSPACE, id, now()).await.unwrap().more {}
    world.advance().await;
    assert_eq!(payments(&world, WORKSPACE, tokens[0]).await, json!([7]));
    world.end().await;
}

async fn skipped(world: World) {
    let body = program("incoming.n > 0");
    world.publish(&body).await;
    let live = world.store.program_by_name(WORKSPACE, &body.name).await.unwrap();
    // Somebody to try it with.
    let first = says(&world, "ordered", json!({})).await;
    let contact = world.store.token(WORKSPACE, first[0]).await.unwrap().contact;
    world.store.set_test_contact(WORKSPACE, contact, true, world.clock.now()).await.unwrap();
    let start = async || {
        let run = TestRun {
            id: WorkspaceId::test_run(world.clock.uuid()),
            program: live.id,
            revision: None,
            event: EventType::new("ordered").unwrap(),
            data: Object::new(),
            started_at: world.clock.now(),
            started_by: None,
        };
        let version = (VersionId(world.clock.uuid()), 1);
        let new = NewTestRun { run: &run, body: &body, version, contacts: &[contact] };
        world.store.start_test_run(WORKSPACE, &new).await.unwrap();
        run.id
    };
    let send = async |run, name: &str, n: u64| {
        let event = Incoming {
            who: Who { email: Some("ida@example.test".into()), external_id: None },
            attributes: Object::new(),
            opt_in: None,
            event: name.parse().unwrap(),
            data: object(json!({ "n": n })).into(),
            occurred_at: Some(world.clock.now()),
            key: None,
            attachments: Vec::new(),
        };
        match world.engine.ingest.submit(run, vec![event]).await.unwrap().remove(0) {
            Ingested::Accepted { tokens, .. } => tokens,
            other => panic!("{other:?}"),
        }
    };
    let (run, other) = (start().await, start().await);
    let token = send(run, "ordered", 0).await[0];
    let came = send(other, "ordered", 0).await[0];
    world.advance().await;
    // In one nothing came; in the other something came after the skip and before anybody looked.
    for (run, token) in [(run, token), (other, came)] {
        assert_eq!(world.store.skip_waits(run, &[token], world.clock.now()).await.unwrap(), 1);
    }
    send(other, "paid", 9).await;
    world.advance().await;
    let steps = way(&world, run, token).await;
    assert!(steps[2].contains("skipped") && steps[3].contains("no paid within"), "{steps:?}");
    assert_eq!((steps.len(), payments(&world, run, token).await), (4, Value::Null));
    assert_eq!(payments(&world, other, came).await, json!([9]));
    // Where people live, it waits on.
    assert_eq!(world.store.token(WORKSPACE, first[0]).await.unwrap().status, TokenStatus::Ready);
    for (run, token) in [(run, token), (other, came)] {
        world.store.clear_test_run(run).await.unwrap();
        assert!(world.store.token(run, token).await.is_err());
    }
    says(&world, "paid", json!({ "n": 4 })).await;
    world.advance().await;
    assert_eq!(payments(&world, WORKSPACE, first[0]).await, json!([4]));
    world.end().await;
}

macro_rules! on_both {
    ($($case:ident $sqlite:ident $postgres:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            $case(World::new(Place::sqlite().await, random::epoch()).await).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            $case(World::new(Place::postgres(stringify!($postgres)).await, random::epoch()).await).await;
        }
    )*};
}

on_both! {
    mended mended_on_sqlite mended_on_postgres;
    stopped stopped_on_sqlite stopped_on_postgres;
    skipped skipped_on_sqlite skipped_on_postgres;
}
