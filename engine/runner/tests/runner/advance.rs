//! Tokens that cannot move, and those beside them.

use mail::Transport;
use program::StreamClass;
use runner::Config;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use store::{DeadLetterFilter, DeadLetterKind, TokenStatus};

use crate::world::{WS, World, all, event, one_mail, stream};

const TIER: &str = "
stafette: 1
name: tier
title: T
nodes:
  come: { kind: entry, event: go, next: gold }
  gold: { kind: condition, when: contact.tier == 'gold', next: { yes: mail } }
  mail: { kind: send_mail, stream: hello }
";

#[tokio::test]
async fn a_failed_token_is_parked_and_can_be_replayed() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(TIER).await;
    let mut gold = event("go", "gold@example.test", json!({}));
    gold.attributes.insert("tier".into(), "gold".into());
    world.event(event("go", "plain@example.test", json!({}))).await;
    world.event(gold.clone()).await;
    world.engine.work_off().await.unwrap();
    let tokens = world.tokens().await;
    assert_eq!((tokens[0].status, tokens[1].status), (TokenStatus::Failed, TokenStatus::Done));
    assert!(tokens[0].error.is_some());
    assert_eq!(world.inbox().await.len(), 1);

    // Its data is mended by another event; then it goes on where it stood.
    gold.who.email = Some("plain@example.test".into());
    gold.event = program::EventType::new("mended").unwrap();
    world.event(gold).await;
    assert_eq!(world.store.replay_tokens(WS, &[tokens[0].id], world.clock.now()).await.unwrap(), 1);
    world.engine.work_off().await.unwrap();
    assert_eq!(world.tokens().await[0].status, TokenStatus::Done);
    assert_eq!(world.inbox().await.len(), 2);
    let trace = world.store.trace(WS, tokens[0].id).await.unwrap();
    let seqs: Vec<_> = trace.iter().map(|step| (step.seq, step.node.as_str())).collect();
    assert_eq!(seqs, [(1, "come"), (2, "gold"), (3, "gold"), (4, "mail")]);
}

/// What no caller can do.
async fn raw(world: &World, statement: &'static str) {
    let url = format!("sqlite:{}", world.dir.path().join("stafette.db").display());
    let mut raw = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement).execute(&mut raw).await.unwrap();
}

#[tokio::test]
async fn a_token_that_cannot_be_read_stops_nobody_else() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    let mut tokens = Vec::new();
    for n in 0..7 {
        tokens.extend(world.event(event("go", &format!("c{n}@example.test"), json!({}))).await);
    }
    raw(&world, include_str!("corrupt_token.sql")).await;

    let advanced = world.engine.advancer.advance_once(100).await.unwrap();
    assert_eq!((advanced.tokens, advanced.failed, advanced.messages), (7, 1, 6));
    world.engine.work_off().await.unwrap();
    assert_eq!(world.inbox().await.len(), 6);
    let letters = world.store.dead_letters(WS, &DeadLetterFilter::default(), &all()).await.unwrap().items;
    assert_eq!(letters.iter().map(|letter| letter.kind).collect::<Vec<_>>(), [DeadLetterKind::Token(tokens[3])]);
    assert!(letters[0].reason.to_string().contains("token.phase"), "{}", letters[0].reason);
    // Alone in its batch it is parked, too, and nobody is left to move.
    assert_eq!(world.store.replay_tokens(WS, &tokens, world.clock.now()).await.unwrap(), 1);
    assert_eq!(world.engine.advancer.advance_once(100).await.unwrap().failed, 1);
    assert_eq!(world.store.next_due(world.clock.now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_version_that_cannot_be_read_parks_its_tokens_only() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    world.program(&one_mail("hello").replace("one-mail", "other").replace("event: go", "event: other")).await;
    for kind in ["go", "other", "go"] {
        world.event(event(kind, "a@example.test", json!({}))).await;
    }
    raw(&world, include_str!("corrupt_version.sql")).await;
    // A node that has not read the version before.
    let advanced = world.reborn().await.advancer.advance_once(100).await.unwrap();
    assert_eq!((advanced.tokens, advanced.failed, advanced.messages), (3, 1, 2));
    let letters = world.store.dead_letters(WS, &DeadLetterFilter::default(), &all()).await.unwrap().items;
    assert!(letters.len() == 1 && letters[0].reason.to_string().contains("program_version.body"), "{letters:?}");
}

#[tokio::test]
async fn a_batch_that_cannot_be_loaded_is_halved_down_to_its_poison() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    for n in 0..7 {
        world.event(event("go", &format!("c{n}@example.test"), json!({}))).await;
    }
    raw(&world, include_str!("corrupt.sql")).await;

    let advanced = world.engine.advancer.advance_once(100).await.unwrap();
    assert_eq!((advanced.tokens, advanced.failed, advanced.messages), (7, 1, 6));
    let tokens = world.tokens().await;
    let failed: Vec<_> = tokens.iter().filter(|token| token.status == TokenStatus::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].error.as_ref().unwrap().to_string().contains("attributes"), "{:?}", failed[0].error);
    world.engine.work_off().await.unwrap();
    assert_eq!(world.inbox().await.len(), 6);
}

#[tokio::test]
async fn a_stream_that_cannot_write_makes_a_dead_letter() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold").replace("<p>Hello", "<p>{{ nothing.at.all }}")).await;
    world.stream(&(stream("papers", "operational", "hold") + "attachments: require\n")).await;
    world.program(&one_mail("hello")).await;
    world.program(&one_mail("papers").replace("one-mail", "other").replace("event: go", "event: other")).await;
    world.event(event("go", "a@example.test", json!({}))).await;
    world.event(event("other", "a@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    let messages = world.messages().await;
    assert!(messages.iter().all(|message| message.status == store::MessageStatus::Failed), "{messages:?}");
    assert!(messages[0].reason.as_ref().unwrap().to_string().contains("html"), "{:?}", messages[0].reason);
    assert!(messages[1].reason.as_ref().unwrap().to_string().contains("attachments"), "{:?}", messages[1].reason);
}

#[tokio::test]
async fn who_is_kept_beyond_a_window_waits_for_the_next_one() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    let windowed = one_mail("hello")
        .replace("next: mail }", "next: morning }")
        .replace("  mail:", "  morning: { kind: wait_window, days: [mon, tue, wed, thu, fri, sat, sun], hours: \"08:00-09:00\", next: mail }\n  mail:");
    world.program(&windowed).await;
    let hours = |hours| chrono::TimeDelta::hours(hours);
    // The night before, and the window of the next morning; nobody moves tokens until the evening.
    let day = hours(24).num_milliseconds();
    let midnight = hours(24) - chrono::TimeDelta::milliseconds(world.clock.now().timestamp_millis() % day);
    world.hands.advance(midnight);
    world.event(event("go", "a@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    world.after(hours(20)).await;
    assert_eq!(world.inbox().await.len(), 0, "at eight in the evening");
    world.after(hours(11)).await;
    assert_eq!(world.inbox().await.len(), 0, "at seven the next morning");
    world.after(hours(1)).await;
    assert_eq!(world.inbox().await.len(), 1, "at eight");
}

#[tokio::test]
async fn a_batch_ends_however_long_its_conditions_take() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    let nested = TIER.replace("contact.tier == 'gold'", "'event.l.all(a, event.l.all(b, a == b || true))'");
    world.program(&nested).await;
    for n in 0..60 {
        let list: Vec<_> = (0..600).collect();
        world.event(event("go", &format!("{n}@example.test"), json!({ "l": list }))).await;
    }
    world.event(event("go", "quick@example.test", json!({ "l": [1, 2] }))).await;
    world.engine.work_off().await.unwrap();
    let count = async |status| world.tokens().await.iter().filter(|token| token.status == status).count();
    let first = count(TokenStatus::Failed).await;
    assert!((15..60).contains(&first), "{first} in the first batch");
    for _ in 0..5 {
        world.after(chrono::TimeDelta::seconds(1)).await;
    }
    assert_eq!((count(TokenStatus::Failed).await, count(TokenStatus::Done).await), (60, 1));
}

#[tokio::test]
async fn no_batch_loads_more_than_it_may() {
    let mut config = Config::default();
    config.batch.bytes = 10_000;
    config.dispatch.batch_bytes = 10_000;
    let world = World::with(Transport::inbox(), config).await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&TIER.replace("contact.tier", "event.tier")).await;
    let mut tokens = Vec::new();
    for n in 0..7 {
        // One brings more than a batch may load.
        let size = if n == 5 { 20_000 } else { 1_500 };
        let mut large = event("go", &format!("c{n}@example.test"), json!({ "tier": "gold", "pad": "x".repeat(size) }));
        large.attributes = json!({ "pad": "x".repeat(1_500) }).as_object().unwrap().clone();
        tokens.extend(world.event(large).await);
        world.hands.advance(chrono::TimeDelta::milliseconds(1));
    }
    for (moved, left) in [(3, 4), (2, 2), (1, 1), (1, 0)] {
        let advanced = world.engine.advancer.advance_once(100).await.unwrap();
        assert_eq!((advanced.tokens, advanced.left, advanced.messages), (moved, left, moved));
        // Those longest due go first.
        let (first, rest) = tokens.split_at(moved);
        for (tokens, status) in [(first, TokenStatus::Done), (rest, TokenStatus::Ready)] {
            for token in tokens {
                assert_eq!(world.store.token(WS, *token).await.unwrap().status, status);
            }
        }
        tokens = rest.to_vec();
    }
    // Nor does a lease of their mails.
    let mut leases = Vec::new();
    while leases.iter().sum::<usize>() < 7 {
        let done = world.engine.dispatcher.dispatch_once(StreamClass::Operational, 100).await.unwrap();
        assert!((1..=3).contains(&done.leased) && done.leased == done.sent, "{done:?}");
        leases.push(done.leased);
    }
    assert_eq!(world.inbox().await.len(), 7);
}
