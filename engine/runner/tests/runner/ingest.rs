//! Many requests, few commits.

use runner::{Incoming, IngestError};
use serde_json::json;
use store::{Ingested, TokenStatus, Who};

use crate::world::{WS, World, all, event, one_mail, stream};

/// Longest time that an answer may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_share_commits_and_one_bad_request_fails_alone() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..50 {
        let ingest = world.engine.ingest.clone();
        requests.spawn(async move {
            let mut event = event("go", &format!("c{n}@example.test"), json!({}));
            if n == 17 {
                event.who = Who::default();
            }
            (n, ingest.submit(WS, vec![event]).await)
        });
    }
    while let Some(answer) = requests.join_next().await {
        let (n, answer) = answer.unwrap();
        match answer {
            Ok(answers) => assert!(n != 17 && matches!(answers[..], [Ingested::Accepted { .. }]), "{n}: {answers:?}"),
            Err(error) => assert!(n == 17 && matches!(error, IngestError::Rejected(_)), "{n}: {error}"),
        }
    }
    assert_eq!(world.tokens().await.len(), 49);
}

#[tokio::test]
async fn keys_make_requests_repeatable_and_filters_choose() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    // Before the program is live its event starts nothing; afterwards the routing is read anew.
    assert!(world.event(event("go", "a@example.test", json!({ "total": 200 }))).await.is_empty());
    world.program(&one_mail("hello").replace("event: go,", "event: go, filter: event.total > 100,")).await;
    for (total, tokens) in [(200, 1), (50, 0)] {
        assert_eq!(world.event(event("go", "a@example.test", json!({ "total": total }))).await.len(), tokens);
    }
    let mut keyed = event("go", "a@example.test", json!({ "total": 200 }));
    keyed.key = Some("order-7".into());
    let answers = world.engine.ingest.submit(WS, vec![keyed.clone(), keyed.clone()]).await.unwrap();
    assert!(matches!(answers[..], [Ingested::Accepted { .. }, Ingested::Duplicate { .. }]), "{answers:?}");
    let again = world.engine.ingest.submit(WS, vec![keyed]).await.unwrap();
    assert!(matches!(again[..], [Ingested::Duplicate { .. }]), "{again:?}");
    assert_eq!(world.tokens().await.len(), 2);
}

#[tokio::test]
async fn a_filter_that_cannot_be_decided_leaves_a_dead_letter() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    let filtered = one_mail("hello").replace("event: go,", "event: go, filter: event.price * event.qty >= 100,");
    world.program(&filtered).await;
    for (data, status, part) in [
        (json!({ "price": 34, "qty": 3 }), Some(TokenStatus::Done), ""),
        (json!({ "price": 33.5, "qty": 3 }), Some(TokenStatus::Done), ""),
        (json!({ "price": 33.5, "qty": 3.5 }), Some(TokenStatus::Done), ""),
        (json!({ "price": 33, "qty": 3 }), None, ""),
        (json!({ "price": "34", "qty": 3 }), Some(TokenStatus::Failed), "a text and a number cannot be multiplied"),
        (json!({ "price": 34 }), Some(TokenStatus::Failed), "No such key: qty"),
    ] {
        let tokens = world.event(event("go", "a@example.test", data.clone())).await;
        world.engine.work_off().await.unwrap();
        let Some(status) = status else {
            assert!(tokens.is_empty(), "{data}");
            continue;
        };
        let token = world.store.token(WS, tokens[0]).await.unwrap();
        assert_eq!(token.status, status, "{data}");
        assert!(
            token.error.as_ref().map(ToString::to_string).unwrap_or_default().contains(part),
            "{data}: {:?}",
            token.error
        );
        if status == TokenStatus::Failed {
            // Asked again, of the same data: it still stands there, and nobody is mailed.
            assert_eq!(world.store.replay_tokens(WS, &tokens, world.clock.now()).await.unwrap(), 1);
            world.engine.work_off().await.unwrap();
            let again = world.store.token(WS, tokens[0]).await.unwrap();
            assert_eq!((again.status, again.error), (TokenStatus::Failed, token.error));
        }
    }
    assert_eq!(world.inbox().await.len(), 3);
}

/// What this node knows of the routes when the events come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Routes {
    Known,
    Unknown,
    Outdated,
}

/// Who has nothing to do with the filter is answered while it is still asked: whoever asks long filters needs the only
/// thread that there is for what takes long, and that one is held.
#[test]
fn a_filter_without_end_is_refused_and_holds_nobody_up() {
    for routes in [Routes::Known, Routes::Unknown, Routes::Outdated] {
        holds_nobody_up(routes);
    }
}

fn holds_nobody_up(routes: Routes) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        world.stream(&stream("hello", "operational", "hold")).await;
        let nested = "filter: 'event.l.all(a, event.l.all(b, a == b || true))',";
        let makes_known = async || assert!(world.event(event("other", "a@example.test", json!({}))).await.is_empty());
        if routes == Routes::Outdated {
            makes_known().await;
        }
        world.program(&one_mail("hello").replace("event: go,", &format!("event: go, {nested}"))).await;
        if routes == Routes::Known {
            makes_known().await;
        }
        let long = event("go", "a@example.test", json!({ "l": (0..3_000).collect::<Vec<_>>() }));
        let mut many = vec![long; 20];
        many.push(event("go", "b@example.test", json!({ "l": [1, 2] })));
        let (go_on, held) = std::sync::mpsc::channel::<()>();
        let thread = tokio::task::spawn_blocking(move || held.recv());
        // There is one thread, so the first begins before the second.
        let submit = |events| {
            let ingest = world.engine.ingest.clone();
            tokio::spawn(async move { ingest.submit(WS, events).await.unwrap() })
        };
        let (slow, quick) = (submit(many), submit(vec![event("other", "c@example.test", json!({}))]));
        let quick = tokio::time::timeout(PATIENCE, quick)
            .await
            .unwrap_or_else(|_| panic!("{routes:?}: the quick one waits for the slow one"))
            .unwrap();
        assert!(!slow.is_finished(), "{routes:?}: the slow one came first");
        assert!(matches!(&quick[..], [Ingested::Accepted { tokens, .. }] if tokens.is_empty()), "{quick:?}");
        go_on.send(()).unwrap();
        thread.await.unwrap().unwrap();
        let answers = slow.await.unwrap();
        world.engine.work_off().await.unwrap();
        for (n, answer) in answers.iter().enumerate() {
            let Ingested::Accepted { tokens, .. } = answer else { panic!("{answer:?}") };
            let token = world.store.token(WS, tokens[0]).await.unwrap();
            let expected = if n < 20 { TokenStatus::Failed } else { TokenStatus::Done };
            assert_eq!(token.status, expected, "{n}: {:?}", token.error);
            assert_eq!(n < 20, token.error.is_some_and(|error| error.to_string().contains("more than 200000 steps")));
        }
    });
}

#[tokio::test]
async fn the_event_that_starts_a_token_is_counted_whatever_its_clock_says() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    let counted = one_mail("hello").replace("next: mail }", "next: first }").replace(
        "  mail:",
        "  first: { kind: condition, when: 'count(\"go\", duration(\"1d\")) == 1', next: { yes: mail } }\n  mail:",
    );
    world.program(&counted).await;
    let mut ahead = event("go", "a@example.test", json!({}));
    ahead.occurred_at = Some(world.clock.now() + chrono::TimeDelta::seconds(3));
    world.event(ahead).await;
    world.engine.work_off().await.unwrap();
    assert_eq!(world.inbox().await.len(), 1);
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let mut config = runner::Config::default();
    config.ingest.queue = 10;
    let world = World::with(mail::Transport::inbox(), config).await;
    let many = |n| vec![event("go", "a@example.test", json!({})); n];
    assert!(matches!(world.engine.ingest.submit(WS, many(1_001)).await, Err(IngestError::Rejected(_))));
    // Larger than the queue, alone in it: taken. A second one beside it: refused.
    let (first, second) =
        tokio::join!(world.engine.ingest.submit(WS, many(1_000)), world.engine.ingest.submit(WS, many(1)),);
    assert_eq!(first.unwrap().len(), 1_000);
    assert_eq!(second, Err(IngestError::Full));
    assert_eq!(world.engine.ingest.submit(WS, many(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_commit_takes_no_more_bytes_than_it_may() {
    let mut config = runner::Config::default();
    config.ingest.batch_bytes = 3_500;
    let world = World::with(mail::Transport::inbox(), config).await;
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..12 {
        // One is too large for any commit, and has one of its own.
        let size = if n == 5 { 10_000 } else { 1_000 };
        let mut large = event("go", "a@example.test", json!({ "pad": "x".repeat(size) }));
        large.attributes = json!({ "last": n }).as_object().unwrap().clone();
        large.key = Some(n.to_string());
        let (ingest, hands) = (world.engine.ingest.clone(), world.hands.clone());
        requests.spawn(async move {
            let answers = ingest.submit(WS, vec![large]).await.unwrap();
            // Whatever is stored after this answer is stored later.
            hands.advance(chrono::TimeDelta::seconds(1));
            answers
        });
    }
    while let Some(answers) = requests.join_next().await {
        let answers = answers.unwrap();
        assert!(matches!(answers[..], [Ingested::Accepted { .. }]), "{answers:?}");
    }
    let mut stored = world.store.events(WS, &store::EventFilter::default(), &all()).await.unwrap().items;
    stored.sort_by_key(|event| event.key.as_ref().unwrap().parse::<u32>().unwrap());
    assert_eq!(stored.len(), 12);
    let commits: Vec<_> = stored.chunk_by(|one, next| one.received_at == next.received_at).collect();
    assert!(stored.is_sorted_by_key(|event| event.received_at), "the first come are stored first");
    assert_eq!(commits.iter().map(|commit| commit.len()).collect::<Vec<_>>(), [3, 2, 1, 3, 3]);
    let contact = world.store.contact(WS, stored[0].contact).await.unwrap();
    assert_eq!(contact.attributes["last"], 11);
}

#[tokio::test]
async fn what_happened_long_ago_starts_nothing_and_says_so() {
    let world = World::new().await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    let any = one_mail("hello").replace("event: go,", "event: go, max_age: any,").replace("one-mail", "any-age");
    world.program(&any).await;
    let came = |hours| Incoming {
        occurred_at: Some(world.clock.now() - chrono::TimeDelta::hours(hours)),
        ..event("go", &format!("ann-{hours}@example.test"), json!({}))
    };
    for (hours, mails) in [(24, 2), (25, 1)] {
        let before = world.messages().await.len();
        let tokens = world.event(came(hours)).await;
        world.engine.work_off().await.unwrap();
        assert_eq!(world.messages().await.len() - before, mails, "{hours} hours ago");
        let mut reasons = Vec::new();
        for token in tokens {
            reasons.extend(world.store.trace(WS, token).await.unwrap().into_iter().map(|step| step.reason.to_string()));
        }
        let why = "happened on 2026-02-28, came in more than 24 hours later".to_owned();
        assert_eq!(reasons.contains(&why), hours > 24, "{reasons:?}");
    }
    // What came in time is not old because its program was at a stand.
    world.event(came(1)).await;
    world.after(chrono::TimeDelta::days(3)).await;
    assert_eq!(world.messages().await.len(), 5);
}
