//! `bench advance`: tokens moved, each by one step with one message.

use std::time::{Duration, Instant};

use program::MessageId;
use runner::{Advancer, Clock, Config};
use store::Store;
use tokio::task::JoinSet;

use crate::{
    Bench, BenchError,
    measure::{Figure, cpu_seconds, figure, median, middle},
    report::Report,
    seed::Bed,
    wal::{Wal, Whose, written},
};

/// Tokens of a transaction.
pub(crate) const BATCH: u32 = 250;
/// How long an idle node is watched.
const IDLE: Duration = Duration::from_secs(10);

/// Measures the engine in turns with the raw writes of the same rows, and with batches of one. Who begins changes from
/// round to round, because what one wrote is still being vacuumed and written back when the other's turn comes.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    if let Some(waiting) = options.waiting.filter(|waiting| *waiting > 0) {
        bed.seed(waiting, bed.next_year()).await?;
        report.note(format!("{waiting} tokens wait for next year"));
    }
    let advancer = bed.engine(mail::Transport::inbox(), Config::default()).advancer;
    let few = (options.n / 10).max(100);
    let (mut rounds, mut wal): ([Vec<Figure>; 3], Wal) = Default::default();
    warm_up(bed, few, &advancer).await?;
    for round in 0..options.rounds {
        let turns = [Whose::Engine, Whose::Raw];
        for whose in [turns[round % 2], turns[(round + 1) % 2]] {
            bed.seed(options.n, bed.clock.now()).await?;
            let before = written(bed).await?;
            match whose {
                Whose::Raw => rounds[0].push(figure(raw(bed)).await?),
                Whose::Engine => rounds[1].push(figure(engine(bed, &advancer, BATCH)).await?),
            }
            wal.add(whose, before, written(bed).await?, options.n);
        }
        bed.seed(few, bed.clock.now()).await?;
        rounds[2].push(figure(engine(bed, &advancer, 1)).await?);
    }
    let ratio = |a: usize, b: usize, rate: fn(&Figure) -> f64| {
        middle(rounds[a].iter().zip(&rounds[b]).map(|(a, b)| rate(a) / rate(b)).collect())
    };
    report.ratio("engine : raw, per CPU-second", ratio(1, 0, |f| f.per_cpu_second));
    report.ratio("engine : raw, wall", ratio(1, 0, |f| f.per_second));
    report.ratio("batches of 250 : batches of 1, per CPU-second", ratio(1, 2, |f| f.per_cpu_second));
    report.ratio("batches of 250 : batches of 1, wall", ratio(1, 2, |f| f.per_second));
    for (name, rounds) in ["raw, 250 a commit", "engine, 250 a commit", "engine, 1 a commit"].into_iter().zip(rounds) {
        report.figure(name, median(rounds));
    }
    wal.report(report);
    report.ratio("idle node: share of a core", idle(bed).await?);
    Ok(())
}

/// Fills caches, and writes the pages that PostgreSQL writes as a whole after a checkpoint.
async fn warm_up(bed: &Bed, n: usize, advancer: &Advancer) -> Result<(), BenchError> {
    bed.store.checkpoint().await?;
    bed.seed(n, bed.clock.now()).await?;
    raw(bed).await?;
    bed.seed(n, bed.clock.now()).await?;
    engine(bed, advancer, BATCH).await.map(drop)
}

async fn raw(bed: &Bed) -> Result<(usize, Vec<Duration>), BenchError> {
    let work = |store: Store, clock: Clock| async move {
        let mut done = (0, Vec::new());
        loop {
            let begun = Instant::now();
            let n = store.raw_advance(clock.now(), BATCH, &|| MessageId(clock.uuid())).await?;
            if n == 0 {
                return Ok::<_, BenchError>(done);
            }
            done.0 += n as usize;
            done.1.push(begun.elapsed());
        }
    };
    let mut tasks = JoinSet::new();
    for _ in 0..bed.committers() {
        tasks.spawn(work(bed.store.clone(), bed.clock.clone()));
    }
    join(tasks).await
}

/// Moves all that is due, in as many transactions side by side as a node has.
pub(crate) async fn engine(bed: &Bed, advancer: &Advancer, batch: u32) -> Result<(usize, Vec<Duration>), BenchError> {
    let mut tasks = JoinSet::new();
    for _ in 0..bed.committers() {
        tasks.spawn(work_off(advancer.clone(), batch));
    }
    join(tasks).await
}

/// Moves tokens until none is due: how many, and how long each batch took.
pub(crate) async fn work_off(advancer: Advancer, batch: u32) -> Result<(usize, Vec<Duration>), BenchError> {
    let mut done = (0, Vec::new());
    // What is another node's is looked at after two looks in vain.
    let mut in_vain = 0;
    while in_vain < 3 {
        let begun = Instant::now();
        let n = advancer.advance_once(batch).await?.tokens;
        if n == 0 {
            in_vain += 1;
            continue;
        }
        in_vain = 0;
        done.0 += n;
        done.1.push(begun.elapsed());
    }
    Ok(done)
}

/// All of them together.
pub(crate) async fn join(
    mut tasks: JoinSet<Result<(usize, Vec<Duration>), BenchError>>,
) -> Result<(usize, Vec<Duration>), BenchError> {
    let mut done = (0, Vec::new());
    while let Some(part) = tasks.join_next().await {
        let (n, calls) = part??;
        done.0 += n;
        done.1.extend(calls);
    }
    Ok(done)
}

/// CPU time per second of a node with all its workers and nothing to do.
async fn idle(bed: &Bed) -> Result<f64, BenchError> {
    let config = Config { roles: runner::Roles { dispatcher: false, ..Default::default() }, ..Config::default() };
    let running = runner::start(bed.deps(mail::Transport::inbox(), config)).await?;
    bed.clock.pause(Duration::from_secs(1)).await;
    let cpu = cpu_seconds();
    bed.clock.pause(IDLE).await;
    let used = cpu_seconds() - cpu;
    running.shutdown().await;
    Ok(used / IDLE.as_secs_f64())
}
