//! `bench ingest`: rates of events that come in.
//!
//! It also measures two costs. Full durability on SQLite: the same 64 writers on two databases of equal growth, of
//! which one may lose the last commits in a power failure. Group commit: how long a request waits for it (see `delay`).

use std::time::{Duration, Instant};

use runner::Config;
use store::{Dialect, Synchronous};
use tokio::task::JoinSet;

use crate::{
    Bench, BenchError,
    delay::{self, Delay},
    measure::{Figure, figure, median, middle},
    report::Report,
    seed::{Bed, Left, WORKSPACE, incoming},
};

/// Events of a raw transaction.
const RAW_BATCH: usize = 1_000;

/// What lies between the first contacts of two clients; prime, so that they spread over all.
const APART: usize = 7_919;
/// Writers side by side where full durability is compared.
const WRITERS: usize = 64;

/// Measures raw batches, requests of 100 and of 1 side by side, and one commit per request.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    let mut rounds: [Vec<Figure>; 9] = Default::default();
    let mut delay = Delay::new()?;
    let twins = match bed.store.dialect() {
        Dialect::Sqlite => {
            Some([Bed::scratch(options, Synchronous::Full).await?, Bed::scratch(options, Synchronous::Normal).await?])
        }
        Dialect::Postgres => None,
    };
    for round in 0..options.rounds {
        rounds[0].push(figure(raw(bed, options.n)).await?);
        rounds[1].push(figure(requests(bed, options.n, 100, 32)).await?);
        rounds[2].push(figure(requests(bed, options.n, 1, 128)).await?);
        rounds[3].push(figure(requests(bed, (options.n / 40).max(20), 1, 1)).await?);
        if let Some(twins) = &twins {
            for (at, size, n) in [(4, 1, options.n), (6, 10, options.n * 4)] {
                // Who goes second finds the disk busy with what the first left to it: they take turns.
                for twin in [round % 2, (round + 1) % 2] {
                    rounds[at + twin].push(figure(requests(&twins[twin], n, size, WRITERS)).await?);
                }
            }
        }
        if let ([.., burst], [.., one]) = (&rounds[2][..], &rounds[3][..]) {
            // What a burst reaches is not what lasts: the log is written back meanwhile.
            let n = (burst.per_second * delay::SPAN.as_secs_f64()) as usize;
            let lasting = figure(requests(bed, n, 1, 128)).await?;
            delay.round(bed, &lasting, one).await?;
            rounds[8].push(lasting);
        }
    }
    let cpu = |at: usize| rounds[at].iter().map(|figure| figure.per_cpu_second).collect::<Vec<_>>();
    let ratio = |a: &[Figure], b: &[Figure], rate: fn(&Figure) -> f64| {
        middle(a.iter().zip(b).map(|(a, b)| rate(a) / rate(b)).collect())
    };
    report.ratio("requests of 100 : raw, per CPU-second", middle(cpu(1)) / middle(cpu(0)));
    report.ratio("requests of 100 : raw, wall", ratio(&rounds[1], &rounds[0], |f| f.per_second));
    report.ratio("single requests side by side : one commit each", ratio(&rounds[2], &rounds[3], |f| f.per_second));
    if let Some(twins) = twins {
        for (at, what) in [(4, "single requests"), (6, "requests of 10")] {
            let ratio = ratio(&rounds[at], &rounds[at + 1], |f| f.per_second);
            report.ratio(&format!("64 writers, {what}: synchronous full : normal"), ratio);
        }
        for twin in twins {
            twin.store.close().await;
        }
    }
    delay.report(report);
    let names = [
        "raw, 1,000 a commit",
        "32 clients, requests of 100",
        "128 clients, single requests",
        "one commit a request",
        "64 writers, synchronous full",
        "64 writers, synchronous normal",
        "64 writers of 10, synchronous full",
        "64 writers of 10, synchronous normal",
        "128 clients, single requests, lasting",
    ];
    for (name, rounds) in names.into_iter().zip(rounds) {
        report.figure(name, median(rounds));
    }
    Ok(())
}

async fn raw(bed: &Bed, n: usize) -> Result<(usize, Vec<Duration>), BenchError> {
    let events = bed.raw(n, false)?;
    let mut calls = Vec::new();
    for batch in events.chunks(RAW_BATCH) {
        let begun = Instant::now();
        bed.store.raw_ingest(WORKSPACE, bed.clock.now(), batch).await?;
        calls.push(begun.elapsed());
    }
    Ok((n, calls))
}

/// `clients` side by side, each with one request of `size` events at a time.
async fn requests(bed: &Bed, n: usize, size: usize, clients: usize) -> Result<(usize, Vec<Duration>), BenchError> {
    let engine = bed.engine(mail::Transport::inbox(), Config::default());
    let left = Left::new(n);
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let (ingest, left) = (engine.ingest.clone(), left.clone());
        tasks.spawn(async move {
            let mut calls = Vec::new();
            while let Some(take) = left.take(size) {
                // Clients go at one pace; from one start they would all speak of the same few contacts.
                let first = client * APART + calls.len() * size;
                let events = (0..take).map(|at| incoming(first + at, "bench.seen")).collect();
                let begun = Instant::now();
                ingest.submit(WORKSPACE, events).await?;
                calls.push(begun.elapsed());
            }
            Ok::<_, BenchError>(calls)
        });
    }
    let mut calls = Vec::new();
    while let Some(done) = tasks.join_next().await {
        calls.extend(done??);
    }
    engine.ingest.close().await;
    Ok((n, calls))
}
