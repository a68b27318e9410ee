//! Measuring: wall and CPU time, percentiles, medians.

use std::{
    fs,
    future::Future,
    time::{Duration, Instant},
};

use serde::Serialize;

/// One thing measured over one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// How many.
    pub(crate) n: usize,
    /// Wall time.
    pub(crate) seconds: f64,
    /// Per second of wall time.
    pub(crate) per_second: f64,
    /// CPU time of this process and of a PostgreSQL on this machine.
    pub(crate) cpu_seconds: f64,
    /// Per second of CPU time.
    pub(crate) per_cpu_second: f64,
    /// Milliseconds that one call took: median.
    pub(crate) p50_ms: f64,
    /// 95 of 100 took no longer.
    pub(crate) p95_ms: f64,
    /// 99 of 100 took no longer.
    pub(crate) p99_ms: f64,
}

/// Measures work that says how many it did and how long each call took.
pub(crate) async fn figure<E>(work: impl Future<Output = Result<(usize, Vec<Duration>), E>>) -> Result<Figure, E> {
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    let (n, calls) = work.await?;
    Ok(Figure::new(n, begun.elapsed(), cpu_seconds() - cpu, calls))
}

impl Figure {
    /// A figure from what was measured.
    pub(crate) fn new(n: usize, wall: Duration, cpu: f64, mut calls: Vec<Duration>) -> Self {
        calls.sort_unstable();
        let at = |share: f64| {
            let index = (calls.len() as f64 * share).ceil() as usize;
            calls.get(index.saturating_sub(1)).map_or(0.0, |call| call.as_secs_f64() * 1_000.0)
        };
        let seconds = wall.as_secs_f64();
        let rate = |seconds: f64| if seconds > 0.0 { n as f64 / seconds } else { 0.0 };
        Self {
            n,
            seconds,
            per_second: rate(seconds),
            cpu_seconds: cpu,
            per_cpu_second: rate(cpu),
            p50_ms: at(0.50),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
        }
    }
}

/// The round in the middle, by rate.
pub(crate) fn median(mut rounds: Vec<Figure>) -> Option<Figure> {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let middle = rounds.len() / 2;
    (!rounds.is_empty()).then(|| rounds.swap_remove(middle))
}

/// The middle one of some numbers.
pub(crate) fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

/// CPU seconds that this process and all processes named `postgres` have used, as Linux counts them.
pub(crate) fn cpu_seconds() -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().filter(|entry| {
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        name.trim() == "postgres" || entry.file_name().to_string_lossy() == std::process::id().to_string()
    });
    processes.map(|entry| ticks(&fs::read_to_string(entry.path().join("stat")).unwrap_or_default())).sum::<f64>()
        / TICKS_PER_SECOND
}

/// `USER_HZ`: 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// User, system and waited-for children's time of one `/proc/<pid>/stat` (proc(5), fields 14 to 17).
fn ticks(stat: &str) -> f64 {
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_rates() {
        let calls = (1..=100).map(Duration::from_millis).collect();
        let figure = Figure::new(200, Duration::from_secs(2), 0.5, calls);
        assert_eq!((figure.p50_ms, figure.p95_ms, figure.p99_ms), (50.0, 95.0, 99.0));
        assert_eq!((figure.per_second, figure.per_cpu_second), (100.0, 400.0));
    }

    #[test]
    fn ticks_of_a_name_with_blanks() {
        assert_eq!(ticks("7 (a) b) S 1 1 1 0 -1 4194560 1 2 3 4 10 20 30 40 20 0"), 100.0);
    }
}
