//! `bench story`: event in by HTTP, condition, wait of a second, mail out, all of it stored. The mail goes to the
//! built-in inbox, or with `--smtp` to a relay, as in the benches of other products (`scripts/peers`).

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use store::{MessageFilter, Paging};
use tokio::task::JoinSet;

use crate::{
    Bench, BenchError, Host, Site, Start,
    measure::{Figure, cpu_seconds},
    report::Report,
    seed::{Bed, CONTACTS, Left, WORKSPACE, payload},
};
/// Clients side by side.
const CLIENTS: usize = 8;
/// Events of a request.
const REQUEST: usize = 100;
/// How often it is asked whether all is done.
const PAUSE: Duration = Duration::from_millis(20);

/// Measures one long round: what is accepted, and what is mailed.
pub(crate) async fn run(options: &Bench, bed: &Bed, start: Start, report: &mut Report) -> Result<(), BenchError> {
    let site = Site {
        store: bed.store.clone(),
        database_url: bed.url.clone(),
        folder: bed.folder.path().into(),
        smtp: options.smtp.clone(),
        workspace: WORKSPACE,
    };
    let Host { events, key, stop } = start(site).await?;
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    let calls = send(&events, &key, options.n).await?;
    let accepted = Figure::new(options.n, begun.elapsed(), cpu_seconds() - cpu, calls);
    while !done(bed, options.n).await? {
        bed.clock.pause(PAUSE).await;
    }
    let wall = begun.elapsed();
    let waits = lateness(bed).await?;
    report.figure("events accepted by HTTP", Some(accepted));
    let way = if options.smtp.is_some() { "mails, event to relay" } else { "mails, event to inbox" };
    report.figure(way, Some(Figure::new(options.n, wall, cpu_seconds() - cpu, waits)));
    report.note("the percentiles of mails are the time from the step that asked for the mail to its hand-over");
    report.note("wall time includes the wait of one second that each run has");
    stop.await;
    Ok(())
}

/// Posts so many events and says how long each request took.
async fn send(url: &str, key: &str, n: usize) -> Result<Vec<Duration>, BenchError> {
    let left = Left::new(n);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (url, bearer, left) = (url.to_string(), format!("Bearer {key}"), left.clone());
        clients.spawn_blocking(move || {
            let agent = ureq::Agent::new_with_defaults();
            let mut calls = Vec::new();
            while let Some(take) = left.take(REQUEST) {
                let first = (client * 1_000_003 + calls.len()) * REQUEST;
                let body: Value = (first..first + take).map(event).collect();
                let begun = Instant::now();
                agent.post(&url).header("Authorization", &bearer).send_json(body)?;
                calls.push(begun.elapsed());
            }
            Ok::<_, BenchError>(calls)
        });
    }
    let mut calls = Vec::new();
    while let Some(client) = clients.join_next().await {
        calls.extend(client??);
    }
    Ok(calls)
}

fn event(n: usize) -> Value {
    let email = format!("contact{}@example.test", n % CONTACTS);
    json!({ "type": "bench.ordered", "contact": { "email": email }, "data": payload(n) })
}

/// Whether the mail of every run was handed over.
async fn done(bed: &Bed, n: usize) -> Result<bool, BenchError> {
    let counts = bed.store.node_counts(WORKSPACE, bed.program.0).await?;
    let settled = counts.iter().map(|count| count.sent + count.blocked + count.failed).sum::<u64>();
    Ok(settled >= n as u64)
}

/// How long each of the newest messages lay in the outbox.
async fn lateness(bed: &Bed) -> Result<Vec<Duration>, BenchError> {
    let (mut waits, mut paging) = (Vec::new(), Paging { limit: 200, ..Paging::default() });
    for _ in 0..50 {
        let page = bed.store.messages(WORKSPACE, &MessageFilter::default(), &paging).await?;
        let wait = |message: store::Message| {
            let settled = message.settled_at?;
            (settled - message.queued_at).max(TimeDelta::zero()).to_std().ok()
        };
        waits.extend(page.items.into_iter().filter_map(wait));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    Ok(waits)
}
