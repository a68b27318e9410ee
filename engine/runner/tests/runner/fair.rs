//! Figures, not an assertion of every day: `make bench` runs it.

use std::time::Instant;

use program::StreamClass;
use runner::{Config, Ingest};
use serde_json::json;

use crate::world::{WS, World, event, one_mail, stream};

/// Mails of one measurement.
const MAILS: usize = 600;

/// Mails a second out of the outbox, with or without events that come in as fast as they are taken.
async fn rate(crowd: bool) -> f64 {
    let world = World::with(mail::Transport::inbox(), Config::default()).await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    let events = (0..MAILS).map(|n| event("go", &format!("c{n}@example.test"), json!({}))).collect();
    world.engine.ingest.submit(WS, events).await.unwrap();
    while world.engine.advancer.advance_once(500).await.unwrap().tokens > 0 {}
    let crowds: Vec<_> =
        (0..if crowd { 4 } else { 0 }).map(|n| tokio::spawn(pour(world.engine.ingest.clone(), n))).collect();
    let (started, mut sent) = (Instant::now(), 0);
    while sent < MAILS {
        sent += world.engine.dispatcher.dispatch_once(StreamClass::Operational, 32).await.unwrap().sent;
    }
    let took = started.elapsed();
    crowds.iter().for_each(tokio::task::JoinHandle::abort);
    MAILS as f64 / took.as_secs_f64()
}

async fn pour(ingest: Ingest, source: usize) {
    for n in 0.. {
        let one = |at: usize| event("else", &format!("c{source}-{n}-{at}@example.test"), json!({ "text": "x" }));
        let _ = ingest.submit(WS, (0..500).map(one).collect()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for a while"]
async fn mails_keep_their_share() {
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let (alone, crowded) = (rate(false).await, rate(true).await);
        eprintln!("alone {alone:.0}/s, with saturated ingest {crowded:.0}/s: {:.2}", crowded / alone);
        ratios.push(crowded / alone);
    }
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[1] >= 0.3, "{ratios:?}");
}
