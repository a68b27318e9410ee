//! Many requests, few commits.

use runner::IngestError;
use serde_json::json;
use store::{Ingested, Who};

use crate::world::{WS, World, event, one_mail, stream};

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
