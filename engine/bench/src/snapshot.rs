//! `bench snapshot`: the rate while a transaction holds a snapshot open, so that PostgreSQL cannot remove dead rows.

use std::time::{Duration, Instant};

use runner::{Advancer, Config};

use crate::{
    Bench, BenchError, advance,
    measure::{Figure, figure, median, middle},
    report::Report,
    seed::Bed,
};

/// How many times the tokens of a round are due at.
const STEPS: usize = 100;
/// How much of the time held, at its end, counts.
const LAST: f64 = 0.2;

/// Measures before, all along, and after. Between rounds it rests, so that no more is moved than the load says.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    let advancer = bed.engine(mail::Transport::inbox(), Config::default()).advancer;
    round(options, bed, &advancer).await?;
    let mut before = Vec::new();
    for _ in 0..options.rounds {
        before.push(round(options, bed, &advancer).await?);
    }
    let held =
        bed.store.hold_snapshot().await?.ok_or("SQLite has no vacuum to hold up: give --database-url postgres://…")?;
    let (hold, begun) = (Duration::from_secs(options.hold), Instant::now());
    let mut during = Vec::new();
    while begun.elapsed() < hold {
        let figure = round(options, bed, &advancer).await?;
        during.push((begun.elapsed(), figure));
        let rest = Duration::from_secs_f64(during.len() as f64 * options.n as f64 / options.load.max(1) as f64);
        bed.clock.pause(rest.saturating_sub(begun.elapsed()).min(hold.saturating_sub(begun.elapsed()))).await;
    }
    let dead = bed.store.meters().await?.dead_rows.unwrap_or_default();
    held.release().await?;
    let moved = during.len() * options.n;
    report.note(format!(
        "held for {} s, {moved} tokens moved meanwhile, {dead} dead rows at its end",
        begun.elapsed().as_secs()
    ));
    let end = last(during, hold);
    let rate = |rounds: &[Figure], rate: fn(&Figure) -> f64| middle(rounds.iter().map(rate).collect());
    report.ratio("held : before, wall", rate(&end, |f| f.per_second) / rate(&before, |f| f.per_second));
    let cpu = rate(&end, |f| f.per_cpu_second) / rate(&before, |f| f.per_cpu_second);
    report.ratio("held : before, per CPU-second", cpu);
    report.figure("before", median(before));
    report.figure("held, the last fifth of the time", median(end));
    let mut after = Vec::new();
    for _ in 0..options.rounds {
        after.push(round(options, bed, &advancer).await?);
    }
    report.figure("after, at once", median(after));
    Ok(())
}

/// Moves tokens that fell due one after the other, as the load brings them, and are late now.
async fn round(options: &Bench, bed: &Bed, advancer: &Advancer) -> Result<Figure, BenchError> {
    let (now, step) = (bed.clock.now(), options.n.div_ceil(STEPS).max(1));
    for first in (0..options.n).step_by(step) {
        let ago = Duration::from_secs_f64((options.n - first) as f64 / options.load.max(1) as f64);
        bed.seed(step.min(options.n - first), now - ago).await?;
    }
    figure(advance::engine(bed, advancer, advance::BATCH)).await
}

/// The rounds of the last fifth, at least one.
fn last(mut rounds: Vec<(Duration, Figure)>, hold: Duration) -> Vec<Figure> {
    let from = hold.mul_f64(1.0 - LAST);
    let first =
        rounds.iter().position(|(at, _)| *at >= from).unwrap_or(rounds.len()).min(rounds.len().saturating_sub(1));
    rounds.drain(first..).map(|(_, figure)| figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_counts() {
        let figure = |n| Figure::new(n, Duration::from_secs(1), 1.0, Vec::new());
        let rounds = |at: &[u64]| at.iter().map(|at| (Duration::from_secs(*at), figure(*at as usize))).collect();
        let ends = |at: &[u64]| last(rounds(at), Duration::from_secs(100)).iter().map(|f| f.n).collect::<Vec<_>>();
        assert_eq!(ends(&[10, 79, 80, 99]), [80, 99]);
        assert_eq!(ends(&[10, 79]), [79]);
    }
}
